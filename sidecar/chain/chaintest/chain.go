// Package chaintest is a small chain in memory behind a real gRPC socket, for the sidecar's tests. It checks what the
// real chain checks of a transaction (signature, lane rules, device signatures, proofs) and remembers every statement
// it was ever shown.
package chaintest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// ChainID is the default chain id.
const ChainID = "joule-fake-1"

// Chain is the state; safe for concurrent use.
type Chain struct {
	mu        sync.Mutex
	ID        string
	height    int64
	time      time.Time
	blockTime time.Duration
	params    worktypes.Params
	devParams devicetypes.Params
	windows   map[uint64]*worktypes.Window
	devices   map[string]*devicetypes.Device
	work      map[string]*worktypes.DeviceWork
	tallies   map[uint64]*worktypes.Tally
	accounts  map[string]uint64
	sequence  map[string]uint64
	mempool   [][]byte
	txs       map[string]*sdk.TxResponse
	timeouts  map[string]bool
	// shown holds, by device, window and phase, every different payload that was ever broadcast.
	shown map[string]map[string]bool
	// Refuse, if set, may refuse a transaction in CheckTx with a code, a codespace and a log.
	refuse func(msg *worktypes.MsgSubmitWork) (uint32, string, string)
	// proofs turns the verification of openings and of disks' proofs on.
	proofs bool
	// drawGap is how many blocks after its close a window's second draw comes.
	drawGap int64
	sent    int
	asked   int
	shows   func(*cmtservice.Header)
}

// New starts a chain at height 10 with small parameters.
func New() *Chain {
	c := &Chain{
		ID: ChainID, height: 10, time: time.Now().UTC(), blockTime: time.Second, drawGap: 2,
		windows: map[uint64]*worktypes.Window{}, devices: map[string]*devicetypes.Device{}, work: map[string]*worktypes.DeviceWork{},
		tallies: map[uint64]*worktypes.Tally{}, accounts: map[string]uint64{}, sequence: map[string]uint64{}, txs: map[string]*sdk.TxResponse{},
		timeouts: map[string]bool{}, shown: map[string]map[string]bool{},
	}
	c.params = worktypes.Params{
		Gpu: worktypes.GpuParams{
			Version: 2, N: 64, B: 4, T: 2, MaxRounds: 1000, MinRounds: 1, UnitShift: 18, WindowProbabilityPpm: 1, WindowBlocks: 4, OpeningBlocks: 20,
		},
		Disk: worktypes.DiskParams{
			Version: 1, MinK: 18, MinStrength: 2, Lambda: 4, MaxProofs: 16, Cohorts: 4, WindowBlocks: 8, MinPlots: 4, MaxPlots: 1000,
		},
		Lane:                  worktypes.LaneParams{MaxEvidencePerTx: 4, MaxTxBytes: 262_144, BlockBytesBps: 7500, BlockVerifyUs: 300_000, NewcomerBps: 2000},
		SettlementDelayEpochs: 2, MaxLiveWindows: 32, FaultLimit: 3, SuspensionEpochs: 4,
	}
	c.devParams = devicetypes.Params{
		Classes: []devicetypes.ClassParams{
			{WorkClass: devicetypes.WORK_CLASS_GPU, MinBond: math.NewInt(1000), BondPerUnit: math.NewInt(1)},
			{WorkClass: devicetypes.WORK_CLASS_DISK, MinBond: math.NewInt(1000), BondPerUnit: math.NewInt(1)},
		},
		BondDenom: "ujoule", UnbondingEpochs: 4, MaxRegistrationBlocks: 1000, MaxBatch: 64,
	}
	return c
}

// With runs f with the chain's lock held, for tests that change parameters.
func (c *Chain) With(f func(*worktypes.Params, *devicetypes.Params)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.params, &c.devParams)
}

// VerifyProofs turns the verification of openings and of disks' proofs on.
func (c *Chain) VerifyProofs() { c.proofs = true }

// Refuse makes CheckTx ask f about every batch; code 0 lets it pass.
func (c *Chain) Refuse(f func(msg *worktypes.MsgSubmitWork) (uint32, string, string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = f
}

// AddAccount brings an account into being.
func (c *Chain) AddAccount(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accounts[address] = uint64(len(c.accounts) + 1)
}

// AddDevice registers a GPU without a transaction.
func (c *Chain) AddDevice(pk devicetypes.PublicKey, owner string, bond int64) {
	c.add(pk, devicetypes.WORK_CLASS_GPU, owner, bond)
}

func (c *Chain) add(pk devicetypes.PublicKey, class devicetypes.WorkClass, owner string, bond int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := devicetypes.DeviceID(pk)
	c.devices[string(id)] = &devicetypes.Device{
		Id: id, Owner: owner, PublicKey: pk, WorkClass: class, Beneficiary: owner,
		Bond: sdk.NewInt64Coin("ujoule", bond), BondPayer: owner, State: devicetypes.DEVICE_STATE_ACTIVE, Generation: 1, RegisteredHeight: c.height,
	}
}

// Height is the last committed height.
func (c *Chain) Height() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.height
}

// Open decides a window at the next height, with the parameters of now.
func (c *Chain) Open() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.height + 1
	closeHeight := id + 1 + int64(c.params.Gpu.WindowBlocks)
	w := &worktypes.Window{
		Id: uint64(id), WorkClass: devicetypes.WORK_CLASS_GPU, Epoch: epochOf(id), OpenHeight: id + 2, CloseHeight: closeHeight,
		DrawAHeight: closeHeight + 1, DrawBHeight: closeHeight + c.drawGap, Gpu: c.params.Gpu,
	}
	w.DeadlineHeight = w.DrawBHeight + int64(c.params.Gpu.OpeningBlocks)
	c.windows[w.Id] = w
	return w.Id
}

// SetWindowBlocks makes the windows that open from now on longer: a slow machine needs time for a real round.
func (c *Chain) SetWindowBlocks(n uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.params.Gpu.WindowBlocks = n
}

// Mix is a height's mix.
func Mix(height int64) []byte {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("mix"), uint64(height)))
	return h[:]
}

// Advance makes blocks.
func (c *Chain) Advance(blocks int) {
	for range blocks {
		c.mu.Lock()
		c.block()
		c.mu.Unlock()
	}
}

// block executes the mempool; the lock is held.
func (c *Chain) block() {
	c.height++
	c.time = c.time.Add(c.blockTime)
	pool := c.mempool
	c.mempool = nil
	for _, tx := range pool {
		c.execute(tx)
	}
	for id, w := range c.windows {
		switch gpu := w.WorkClass == devicetypes.WORK_CLASS_GPU; {
		case gpu && c.height == int64(w.Id)+1:
			w.SeedMix = Mix(c.height)
		case gpu && c.height == w.DrawAHeight:
			w.DrawAMix = Mix(c.height)
		case gpu && c.height == w.DrawBHeight:
			w.DrawBMix = Mix(c.height)
		}
		if c.height > w.DeadlineHeight {
			delete(c.windows, id)
		}
	}
}

// Pace makes a block every interval, by the clock of the machine, until the returned function is called.
func (c *Chain) Pace(interval time.Duration) (stop func()) {
	c.mu.Lock()
	c.blockTime = interval
	c.mu.Unlock()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		t := time.NewTicker(interval)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case now := <-t.C:
				c.mu.Lock()
				c.block()
				c.time = now.UTC()
				c.mu.Unlock()
			}
		}
	}()
	return func() { close(done); <-ended }
}

// Work is a device's record as the chain has it.
func (c *Chain) Work(device []byte) worktypes.DeviceWork {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.record(device)
}

func (c *Chain) record(device []byte) *worktypes.DeviceWork {
	w := c.work[string(device)]
	if w == nil {
		class := devicetypes.WORK_CLASS_GPU
		if d := c.devices[string(device)]; d != nil {
			class = d.WorkClass
		}
		fresh := worktypes.NewDeviceWork(class, device)
		w = &fresh
		c.work[string(device)] = w
	}
	return w
}

// Opened tells whether a device's opening of a window was accepted.
func (c *Chain) Opened(device []byte, window uint64) bool {
	for _, p := range c.Work(device).Pending {
		if p.Window == window {
			return p.Opened
		}
	}
	return false
}

// Committed tells whether a device's commitment to a window was accepted.
func (c *Chain) Committed(device []byte, window uint64) bool {
	for _, p := range c.Work(device).Pending {
		if p.Window == window {
			return true
		}
	}
	return false
}

// Sent is how many lane transactions passed CheckTx.
func (c *Chain) Sent() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent
}

// Statements tells, for each statement key ever shown in a valid signature, how many different payloads there were.
func (c *Chain) Statements() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for k, v := range c.shown {
		out[k] = len(v)
	}
	return out
}

// StatementKey is the key of Statements.
func StatementKey(device []byte, window uint64, phase worktypes.Phase) string {
	return fmt.Sprintf("%x/%d/%s", device, window, phase)
}
