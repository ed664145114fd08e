package chain

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdkmath "cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdktx "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/keys"
)

// TxResult is a node's word on a transaction.
type TxResult struct {
	Hash      string
	Height    int64
	Code      uint32
	Codespace string
	Log       string
	GasUsed   int64
	// Data is the message responses, only of included transactions.
	Data []*codectypes.Any
}

// spec is what differs between kinds of transactions.
type spec struct {
	msg       sdk.Msg
	gas       uint64
	fee       sdk.Coins
	unordered bool
	timeout   time.Time
	sequence  uint64
	memo      string
}

// sign builds and signs a transaction in direct mode.
func sign(a keys.Account, chainID string, number uint64, s spec) ([]byte, error) {
	msg, err := codectypes.NewAnyWithValue(s.msg)
	if err != nil {
		return nil, err
	}
	body := &sdktx.TxBody{Messages: []*codectypes.Any{msg}, Memo: s.memo, Unordered: s.unordered}
	if !s.timeout.IsZero() {
		t := s.timeout.UTC()
		body.TimeoutTimestamp = &t
	}
	pub, err := codectypes.NewAnyWithValue(a.PubKey())
	if err != nil {
		return nil, err
	}
	auth := &sdktx.AuthInfo{
		SignerInfos: []*sdktx.SignerInfo{{
			PublicKey: pub, Sequence: s.sequence,
			ModeInfo: &sdktx.ModeInfo{Sum: &sdktx.ModeInfo_Single_{Single: &sdktx.ModeInfo_Single{Mode: signing.SignMode_SIGN_MODE_DIRECT}}},
		}},
		Fee: &sdktx.Fee{Amount: s.fee, GasLimit: s.gas},
	}
	bodyBytes, err := body.Marshal()
	if err != nil {
		return nil, err
	}
	authBytes, err := auth.Marshal()
	if err != nil {
		return nil, err
	}
	doc := &sdktx.SignDoc{BodyBytes: bodyBytes, AuthInfoBytes: authBytes, ChainId: chainID, AccountNumber: number}
	signBytes, err := doc.Marshal()
	if err != nil {
		return nil, err
	}
	sig, err := a.Sign(signBytes)
	if err != nil {
		return nil, err
	}
	raw := &sdktx.TxRaw{BodyBytes: bodyBytes, AuthInfoBytes: authBytes, Signatures: [][]byte{sig}}
	return raw.Marshal()
}

// HashOf is a transaction's hash as nodes show it.
func HashOf(tx []byte) string {
	h := sha256.Sum256(tx)
	return strings.ToUpper(hex.EncodeToString(h[:]))
}

// Broadcast hands a transaction to a node and returns the verdict of its CheckTx. skip leaves out that many of the best
// nodes.
func (c *Client) Broadcast(ctx context.Context, tx []byte, skip int) (TxResult, error) {
	var out TxResult
	err := c.do(ctx, skip, func(ctx context.Context, conn *grpc.ClientConn) error {
		r, err := sdktx.NewServiceClient(conn).BroadcastTx(ctx, &sdktx.BroadcastTxRequest{TxBytes: tx, Mode: sdktx.BroadcastMode_BROADCAST_MODE_SYNC})
		if err != nil {
			return err
		}
		if r.TxResponse == nil {
			return status.Error(codes.Internal, "the node's answer has no result")
		}
		out = result(r.TxResponse)
		return nil
	})
	if out.Hash == "" {
		out.Hash = HashOf(tx)
	}
	return out, err
}

func result(r *sdk.TxResponse) TxResult {
	out := TxResult{Hash: r.TxHash, Height: r.Height, Code: r.Code, Codespace: r.Codespace, Log: r.RawLog, GasUsed: r.GasUsed}
	data, err := hex.DecodeString(r.Data)
	if err != nil {
		return out
	}
	var m sdk.TxMsgData
	if m.Unmarshal(data) == nil {
		out.Data = m.MsgResponses
	}
	return out
}

// Tx looks an included transaction up; false if no node knows it. Nodes without an index answer like that too.
func (c *Client) Tx(ctx context.Context, hash string) (TxResult, bool, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*sdktx.GetTxResponse, error) {
		r, err := sdktx.NewServiceClient(conn).GetTx(ctx, &sdktx.GetTxRequest{Hash: hash})
		// A node without an index says so with an error that is no fault of the node.
		if err != nil && strings.Contains(err.Error(), "transaction indexing is disabled") {
			return nil, status.Error(codes.NotFound, err.Error())
		}
		return r, err
	})
	if status.Code(err) == codes.NotFound {
		return TxResult{}, false, nil
	}
	if err != nil {
		return TxResult{}, false, err
	}
	return result(r.TxResponse), true, nil
}

// Payer sends paying transactions of an account, one after the other.
type Payer struct {
	client     *Client
	account    keys.Account
	least      sdkmath.LegacyDec
	adjustment float64
	clock      clock.Clock
	mu         sync.Mutex
}

// NewPayer builds a payer. least is the lowest gas price that it offers, in ujoule; where the chain's floor price is
// higher, it offers that. adjustment multiplies simulated gas.
func NewPayer(c *Client, a keys.Account, least sdkmath.LegacyDec, adjustment float64) *Payer {
	return &Payer{client: c, account: a, least: least, adjustment: adjustment, clock: c.opts.Clock}
}

// fee asks the chain for its floor price each time: governance may have changed it.
func (p *Payer) fee(ctx context.Context, gas uint64) (sdk.Coins, error) {
	params, err := p.client.EmissionsParams(ctx)
	if err != nil {
		return nil, err
	}
	fee := sdkmath.MaxInt(params.Fees.MinFee(gas), p.least.MulInt(sdkmath.NewIntFromUint64(gas)).Ceil().TruncateInt())
	return sdk.NewCoins(sdk.NewCoin(Denom, fee)), nil
}

// Account is who pays.
func (p *Payer) Account() keys.Account { return p.account }

// Send simulates, signs, broadcasts and waits for inclusion, at most wait. Errors: ErrNoAccount, ErrTxRefused,
// ErrTxFailed, ErrTxNotSeen.
func (p *Payer) Send(ctx context.Context, msg sdk.Msg, wait time.Duration) (TxResult, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	info, err := p.client.Account(ctx, p.account.Address())
	if err != nil {
		return TxResult{}, err
	}
	s := spec{msg: msg, sequence: info.Sequence}
	if s.gas, err = p.simulate(ctx, info, s); err != nil {
		return TxResult{}, err
	}
	if s.fee, err = p.fee(ctx, s.gas); err != nil {
		return TxResult{}, err
	}
	tx, err := sign(p.account, p.client.ChainID(), info.Number, s)
	if err != nil {
		return TxResult{}, err
	}
	r, err := p.client.Broadcast(ctx, tx, 0)
	if err != nil {
		return r, err
	}
	if r.Code != 0 {
		return r, fmt.Errorf("%w: %s (code %d of %s)", ErrTxRefused, r.Log, r.Code, r.Codespace)
	}
	return p.await(ctx, r.Hash, wait)
}

func (p *Payer) simulate(ctx context.Context, info AccountInfo, s spec) (uint64, error) {
	tx, err := sign(p.account, p.client.ChainID(), info.Number, s)
	if err != nil {
		return 0, err
	}
	r, err := ask(ctx, p.client, func(ctx context.Context, conn *grpc.ClientConn) (*sdktx.SimulateResponse, error) {
		return sdktx.NewServiceClient(conn).Simulate(ctx, &sdktx.SimulateRequest{TxBytes: tx})
	})
	if err != nil {
		if errors.Is(err, ErrUnreachable) || errors.Is(err, ErrWrongChain) {
			return 0, err
		}
		return 0, fmt.Errorf("%w: %s", ErrTxRefused, status.Convert(err).Message())
	}
	if r.GasInfo == nil {
		return 0, errors.New("the node's simulation has no gas")
	}
	return uint64(math.Ceil(float64(r.GasInfo.GasUsed) * p.adjustment)), nil
}

func (p *Payer) await(ctx context.Context, hash string, wait time.Duration) (TxResult, error) {
	deadline := p.clock.Now().Add(wait)
	for {
		r, ok, err := p.client.Tx(ctx, hash)
		if err == nil && ok {
			if r.Code != 0 {
				return r, fmt.Errorf("%w: %s (code %d of %s, height %d, hash %s)", ErrTxFailed, r.Log, r.Code, r.Codespace, r.Height, hash)
			}
			return r, nil
		}
		if p.clock.Now().After(deadline) {
			return TxResult{Hash: hash}, fmt.Errorf("%w: %s after %s: it may still be; look it up with `jouled query tx %s`", ErrTxNotSeen, hash, wait, hash)
		}
		if err := clock.Sleep(ctx, p.clock, 300*time.Millisecond); err != nil {
			return TxResult{Hash: hash}, err
		}
	}
}

// jitter is up to a millisecond at random, so that two processes of one account do not choose the same timeout.
func jitter() time.Duration {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint64(b[:]) % uint64(time.Millisecond))
}
