package chaintest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	sdktx "github.com/cosmos/cosmos-sdk/types/tx"

	errorsmod "cosmossdk.io/errors"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"

	"github.com/joulechain/joule/sidecar/chain"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	proof "github.com/joulechain/joule/x/work/proof/gpu"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// decoded is a transaction taken apart.
type decoded struct {
	raw    sdktx.TxRaw
	body   sdktx.TxBody
	auth   sdktx.AuthInfo
	msg    sdk.Msg
	signer string
}

func decode(tx []byte) (*decoded, error) {
	var d decoded
	if err := d.raw.Unmarshal(tx); err != nil {
		return nil, err
	}
	if err := d.body.Unmarshal(d.raw.BodyBytes); err != nil {
		return nil, err
	}
	if err := d.auth.Unmarshal(d.raw.AuthInfoBytes); err != nil {
		return nil, err
	}
	if len(d.body.Messages) != 1 || len(d.auth.SignerInfos) != 1 || len(d.raw.Signatures) != 1 {
		return nil, errors.New("one message and one signer expected")
	}
	return &d, chain.Codec().UnpackAny(d.body.Messages[0], &d.msg)
}

// check is CheckTx: the transaction's signature and fee rules, then the message against the state.
func (c *Chain) check(tx []byte) error {
	d, err := decode(tx)
	if err != nil {
		return errorsmod.Wrap(sdkerrors.ErrTxDecode, err.Error())
	}
	if err := c.checkSignature(d); err != nil {
		return err
	}
	msg, ok := d.msg.(*worktypes.MsgSubmitWork)
	if !ok {
		if d.body.Unordered || d.auth.SignerInfos[0].Sequence != c.sequence[d.signer] {
			return sdkerrors.ErrWrongSequence
		}
		if fee, least := d.auth.Fee.Amount.AmountOf(chain.Denom), emissionstypes.DefaultFeeParams().MinFee(d.auth.Fee.GasLimit); fee.LT(least) {
			return errorsmod.Wrapf(sdkerrors.ErrInsufficientFee, "fee is %s, at least %s", fee, least)
		}
		return c.message(d, false)
	}
	if err := c.checkLane(d, msg); err != nil {
		return err
	}
	if c.refuse != nil {
		if code, space, log := c.refuse(msg); code != 0 {
			return &refusal{code, space, log}
		}
	}
	_, err = c.submit(msg, false)
	return err
}

type refusal struct {
	code  uint32
	space string
	log   string
}

func (r *refusal) Error() string { return r.log }

func (c *Chain) checkSignature(d *decoded) error {
	var pub cryptotypes.PubKey
	if err := chain.Codec().UnpackAny(d.auth.SignerInfos[0].PublicKey, &pub); err != nil {
		return err
	}
	address, err := sdk.Bech32ifyAddressBytes("joule", pub.Address())
	if err != nil {
		return err
	}
	number, ok := c.accounts[address]
	if !ok {
		return errorsmod.Wrap(sdkerrors.ErrUnknownAddress, address)
	}
	doc := sdktx.SignDoc{BodyBytes: d.raw.BodyBytes, AuthInfoBytes: d.raw.AuthInfoBytes, ChainId: c.ID, AccountNumber: number}
	signBytes, err := doc.Marshal()
	if err != nil {
		return err
	}
	if !pub.VerifySignature(signBytes, d.raw.Signatures[0]) {
		return errorsmod.Wrapf(sdkerrors.ErrUnauthorized, "signature verification failed for chain %s", c.ID)
	}
	d.signer = address
	return nil
}

// checkLane are the lane's rules: unordered with a fresh timeout, no fee, the exact gas limit.
func (c *Chain) checkLane(d *decoded, msg *worktypes.MsgSubmitWork) error {
	want, err := worktypes.LaneGas(msg, c.params)
	if err != nil {
		return err
	}
	switch {
	case msg.Relayer != d.signer:
		return errorsmod.Wrap(sdkerrors.ErrUnauthorized, "relayer did not sign")
	case !d.body.Unordered || d.body.TimeoutTimestamp == nil || d.auth.SignerInfos[0].Sequence != 0:
		return errorsmod.Wrap(sdkerrors.ErrInvalidRequest, "not an unordered transaction")
	case !d.body.TimeoutTimestamp.After(c.time) || d.body.TimeoutTimestamp.Sub(c.time) > 10*60*1e9:
		return errorsmod.Wrap(sdkerrors.ErrInvalidRequest, "timeout out of range")
	case len(d.auth.Fee.Amount) != 0 || d.auth.Fee.GasLimit != want:
		return errorsmod.Wrapf(sdkerrors.ErrInvalidGasLimit, "gas is %d and must be %d", d.auth.Fee.GasLimit, want)
	case c.timeouts[d.signer+d.body.TimeoutTimestamp.String()]:
		return errorsmod.Wrap(sdkerrors.ErrInvalidRequest, "timeout used before")
	}
	return worktypes.ValidateSubmitWork(msg, c.params)
}

// execute runs a transaction in a block.
func (c *Chain) execute(tx []byte) {
	r := &sdk.TxResponse{TxHash: chain.HashOf(tx), Height: c.height}
	d, err := decode(tx)
	if err == nil {
		err = c.checkSignature(d)
	}
	var resp codectypes.Any
	if err == nil {
		if msg, ok := d.msg.(*worktypes.MsgSubmitWork); ok {
			c.timeouts[d.signer+d.body.TimeoutTimestamp.String()] = true
			var results []worktypes.ItemResult
			if results, err = c.submit(msg, true); err == nil {
				resp.Value, err = (&worktypes.MsgSubmitWorkResponse{Results: results}).Marshal()
			}
		} else {
			c.sequence[d.signer]++
			err = c.message(d, true)
			if err == nil {
				resp.Value, err = c.answer(d.msg)
			}
		}
	}
	if err != nil {
		r.Codespace, r.Code, r.RawLog = errorsmod.ABCIInfo(err, true)
	} else if data, merr := (&sdk.TxMsgData{MsgResponses: []*codectypes.Any{&resp}}).Marshal(); merr == nil {
		r.Data = strings.ToUpper(fmt.Sprintf("%x", data))
	}
	c.txs[r.TxHash] = r
}

// answer is a paying message's response.
func (c *Chain) answer(msg sdk.Msg) ([]byte, error) {
	switch msg.(type) {
	case *emissionstypes.MsgClaim:
		return (&emissionstypes.MsgClaimResponse{Amount: sdk.NewInt64Coin("ujoule", 77), Devices: 1}).Marshal()
	case *worktypes.MsgSetDiskClaim:
		return (&worktypes.MsgSetDiskClaimResponse{FromEpoch: epochOf(c.height) + worktypes.DiskClaimDelay}).Marshal()
	}
	return nil, nil
}

// submit applies a batch, or only checks it.
func (c *Chain) submit(msg *worktypes.MsgSubmitWork, apply bool) ([]worktypes.ItemResult, error) {
	results := make([]worktypes.ItemResult, len(msg.Evidence))
	live := 0
	for i, e := range msg.Evidence {
		res := &results[i]
		res.DeviceId, res.Window, res.Phase = devicetypes.FormatDeviceID(e.DeviceId), e.Window, e.Phase
		err := c.item(e, apply, res)
		switch {
		case err == nil:
			res.Accepted = true
			live++
		case worktypes.IsStateError(err):
			_, res.Code, res.Reason = errorsmod.ABCIInfo(err, false)
		default:
			return nil, worktypes.ItemError(i, err)
		}
	}
	if live == 0 {
		return results, worktypes.ErrNothingNew.Wrap(results[0].Reason)
	}
	return results, nil
}

func (c *Chain) item(e worktypes.Evidence, apply bool, res *worktypes.ItemResult) error {
	dev := c.devices[string(e.DeviceId)]
	if dev == nil {
		return worktypes.ErrUnknownDevice
	}
	if err := devicetypes.VerifySignature(dev.PublicKey, worktypes.EvidenceSignBytes(c.ID, e), e.Signature); err != nil {
		return worktypes.ErrBadSignature.Wrap(err.Error())
	}
	key := StatementKey(e.DeviceId, e.Window, e.Phase)
	if c.shown[key] == nil {
		c.shown[key] = map[string]bool{}
	}
	c.shown[key][string(e.Payload)] = true
	w := c.windows[e.Window]
	if w == nil {
		return worktypes.ErrUnknownWindow
	}
	height := c.height
	if !apply {
		height++ // CheckTx looks at the block that comes
	}
	switch e.Phase {
	case worktypes.PHASE_COMMIT:
		return c.commit(e, w, height, apply)
	case worktypes.PHASE_PROVE:
		return c.prove(e, w, height, apply, res)
	}
	return c.open(e, w, height, apply, res)
}

func (c *Chain) commit(e worktypes.Evidence, w *worktypes.Window, height int64, apply bool) error {
	if height < w.OpenHeight {
		return worktypes.ErrWindowNotOpen
	}
	if height > w.CloseHeight {
		return worktypes.ErrWindowClosed
	}
	commitment, err := proof.UnmarshalCommitment(e.Payload)
	if err != nil {
		return worktypes.ErrInvalidEvidence.Wrap(err.Error())
	}
	rec := c.record(e.DeviceId)
	for _, p := range rec.Pending {
		if p.Window == e.Window {
			return worktypes.ErrNotLarger
		}
	}
	if apply {
		rec.Pending = append(rec.Pending, worktypes.PendingCommitment{
			Window: e.Window, Rounds: commitment.Rounds, Root: bytes.Clone(commitment.Root[:]), Height: height, DeadlineHeight: w.DeadlineHeight,
		})
	}
	return nil
}

func (c *Chain) open(e worktypes.Evidence, w *worktypes.Window, height int64, apply bool, res *worktypes.ItemResult) error {
	if len(w.DrawBMix) == 0 {
		return worktypes.ErrTooEarly
	}
	if height > w.DeadlineHeight {
		return worktypes.ErrTooLate
	}
	rec := c.record(e.DeviceId)
	for i := range rec.Pending {
		p := &rec.Pending[i]
		if p.Window != e.Window {
			continue
		}
		if p.Opened {
			return worktypes.ErrAlreadyOpened
		}
		if c.proofs {
			if err := c.verify(e, w, p); err != nil {
				return worktypes.ErrBadProof.Wrap(err.Error())
			}
		}
		if apply {
			p.Opened = true
			rec.TotalUnits = rec.TotalUnits.Add(math.NewIntFromUint64(p.Rounds))
			res.Units, res.Epoch = p.Rounds, w.Epoch
		}
		return nil
	}
	return worktypes.ErrNoCommitment
}

func (c *Chain) verify(e worktypes.Evidence, w *worktypes.Window, p *worktypes.PendingCommitment) error {
	params := proof.Params{Version: w.Gpu.Version, N: w.Gpu.N, B: w.Gpu.B, T: w.Gpu.T, MaxRounds: w.Gpu.MaxRounds}
	return proof.VerifyOpening(params, proof.Challenge{
		Seed0:      proof.Seed0(c.ID, w.Id, [32]byte(w.SeedMix), e.DeviceId),
		Commitment: proof.Commitment{Rounds: p.Rounds, Root: proof.Root(p.Root)},
		MixA:       [32]byte(w.DrawAMix), MixB: [32]byte(w.DrawBMix),
	}, e.Payload)
}

// message runs the paying messages that the sidecar sends.
func (c *Chain) message(d *decoded, apply bool) error {
	switch m := d.msg.(type) {
	case *devicetypes.MsgRegisterDevice:
		return c.register(d.signer, []devicetypes.Registration{m.Registration}, false, apply)
	case *devicetypes.MsgRegisterDevices:
		return c.register(d.signer, m.Registrations, false, apply)
	case *devicetypes.MsgSponsorDevices:
		return c.register(d.signer, m.Registrations, true, apply)
	case *worktypes.MsgSetDiskClaim:
		return c.setClaim(d.signer, m, apply)
	case *emissionstypes.MsgClaim:
		if m.Beneficiary != d.signer {
			return emissionstypes.ErrNotBeneficiary
		}
		return nil
	}
	return errorsmod.Wrapf(sdkerrors.ErrUnknownRequest, "%T", d.msg)
}

func (c *Chain) register(signer string, regs []devicetypes.Registration, sponsored, apply bool) error {
	for _, r := range regs {
		if err := r.ValidateBasic(); err != nil {
			return err
		}
		if err := r.VerifySignature(c.ID); err != nil {
			return err
		}
		payer := r.BondPayer
		if payer == "" {
			payer = r.Owner
		}
		if (sponsored && payer != signer) || (!sponsored && r.Owner != signer) {
			return errorsmod.Wrap(sdkerrors.ErrUnauthorized, "signer is not the owner or the bond payer")
		}
		id := string(devicetypes.DeviceID(r.PublicKey))
		if c.devices[id] != nil {
			return errorsmod.Wrap(sdkerrors.ErrInvalidRequest, "device is registered already")
		}
		if apply {
			beneficiary := r.Beneficiary
			if beneficiary == "" {
				beneficiary = r.Owner
			}
			c.devices[id] = &devicetypes.Device{
				Id: []byte(id), Owner: r.Owner, PublicKey: r.PublicKey, WorkClass: r.WorkClass, Capability: r.Capability, Beneficiary: beneficiary,
				Bond: r.Bond, BondPayer: payer, State: devicetypes.DEVICE_STATE_ACTIVE, Generation: r.Generation, RegisteredHeight: c.height,
			}
		}
	}
	return nil
}
