package keeper

import (
	"context"
	"crypto/sha256"
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

const jobDomain = "joule/work/job/v1"

// VerifyBatch judges a batch whose shape is valid: at least one item is new against the state and few are not, then
// every item's signature holds, then every new item's proof. Its errors name the item.
func (k *Keeper) VerifyBatch(goCtx context.Context, msg *types.MsgSubmitWork) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	items, err := k.worthwhile(ctx, msg)
	if err != nil {
		return err
	}
	return k.verifyItems(ctx, items)
}

func (k *Keeper) verifyItems(ctx sdk.Context, items []*class.Item) error {
	jobs, err := k.jobs(ctx, items)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if err := k.verifier.VerifySignature(j); err != nil {
			return types.ItemError(j.Index, err)
		}
	}
	for _, j := range jobs {
		if err := k.verifier.Verify(j); err != nil {
			return types.ItemError(j.Index, err)
		}
	}
	return nil
}

// Jobs lists the pure work of a batch's items, for a verifier that runs ahead of execution. A batch with nothing new
// has none.
func (k *Keeper) Jobs(goCtx context.Context, msg *types.MsgSubmitWork) ([]types.Job, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := k.rules.ValidateSubmitWork(msg, params); err != nil {
		return nil, err
	}
	items, live, err := k.classify(ctx, msg)
	if err != nil || live == 0 {
		return nil, err
	}
	return k.jobs(ctx, items)
}

func (k *Keeper) jobs(ctx sdk.Context, items []*class.Item) ([]types.Job, error) {
	jobs := make([]types.Job, 0, len(items))
	for _, it := range items {
		j, err := k.job(ctx, it)
		if err != nil {
			return nil, types.ItemError(it.Index, err)
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

func (k *Keeper) job(ctx sdk.Context, it *class.Item) (types.Job, error) {
	proof, err := k.arithmetic(ctx, it)
	if err != nil {
		return types.Job{}, err
	}
	key := devicetypes.PublicKey{Type: it.Device.PublicKey.Type, Key: append([]byte(nil), it.Device.PublicKey.Key...)}
	signed := types.EvidenceSignBytes(ctx.ChainID(), it.Evidence)
	signature := append([]byte(nil), it.Evidence.Signature...)
	return types.Job{
		Key:      jobKey(it.Evidence, key, signed, proof.Challenge),
		DeviceID: append([]byte(nil), it.Evidence.DeviceId...),
		Index:    it.Index,
		Cost:     types.SignatureCostUs + proof.Cost,
		Signature: func() error {
			if err := devicetypes.VerifySignature(key, signed, signature); err != nil {
				return types.ErrBadSignature.Wrapf("%s; the device signs chain id, class, window, phase, device and payload", err)
			}
			return nil
		},
		Proof: func() error {
			if err := proof.Run(); err != nil {
				return errorsmod.Wrap(types.ErrBadProof, err.Error())
			}
			return nil
		},
	}, nil
}

// arithmetic is that of a live item. A stale one has none: its signature alone is checked, so that nobody fills free
// bytes with evidence that no device has signed.
func (k *Keeper) arithmetic(ctx sdk.Context, it *class.Item) (class.Arithmetic, error) {
	if it.Stale != nil {
		return class.Arithmetic{Run: func() error { return nil }}, nil
	}
	rules, err := k.classOf(it.Evidence.WorkClass)
	if err != nil {
		return class.Arithmetic{}, err
	}
	return rules.Proof(ctx, it)
}

// jobKey hashes everything that decides a verdict, each part with its length: domain, class, phase, challenge (with the
// verifier's version and parameters), the device's key, what it signed (chain id and window included), payload and
// signature.
func jobKey(e types.Evidence, key devicetypes.PublicKey, signed, challenge []byte) [32]byte {
	buf := make([]byte, 0, 256+len(e.Payload))
	buf = append(buf, jobDomain...)
	buf = binary.BigEndian.AppendUint32(buf, uint32(e.WorkClass))
	buf = binary.BigEndian.AppendUint32(buf, uint32(e.Phase))
	buf = binary.BigEndian.AppendUint32(buf, uint32(key.Type))
	for _, part := range [][]byte{challenge, key.Key, signed, e.Payload, e.Signature} {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(part)))
		buf = append(buf, part...)
	}
	return sha256.Sum256(buf)
}
