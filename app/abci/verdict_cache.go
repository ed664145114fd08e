package abci

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// cacheShards spreads the cache's lock over the workers; a power of two.
	cacheShards = 64
	// badShare is the part of the cache that remembers failures, 1 in badShare: strangers can make failures at will and
	// must not push out verdicts that the next block needs.
	badShare = 8
)

// verdict is what is known of a job: nothing that depends on state.
type verdict struct {
	signed, proved bool
	// failure is the error of the signature, or of the proof if signed holds.
	failure error
}

// VerdictCache runs jobs and remembers their verdicts by key, in memory and bounded, least recently used first out. A
// verdict is a pure function of its key, so that a hit and a miss answer alike: only the time differs.
// It is safe for concurrent use.
type VerdictCache struct {
	shards    [cacheShards]cacheShard
	offenders *Offenders
}

var _ worktypes.Verifier = (*VerdictCache)(nil)

type cacheShard struct {
	mtx       sync.Mutex
	good, bad *simplelru.LRU[[32]byte, verdict]
}

// newLRU returns a map of a positive capacity that forgets what was used least recently.
func newLRU(capacity int) *simplelru.LRU[[32]byte, verdict] {
	// A capacity that is not positive is its only error.
	l, _ := simplelru.NewLRU[[32]byte, verdict](capacity, nil)
	return l
}

// NewVerdictCache returns a cache of at least one and about size verdicts. offenders, which may be nil, learns of every
// invalid proof under a valid signature that is not remembered yet.
func NewVerdictCache(size int, offenders *Offenders) *VerdictCache {
	c := &VerdictCache{offenders: offenders}
	perShard := max(1, size/cacheShards)
	for i := range c.shards {
		c.shards[i].good = newLRU(perShard)
		c.shards[i].bad = newLRU(max(1, perShard/badShare))
	}
	return c
}

// Verify checks a job's signature, then its proof.
func (c *VerdictCache) Verify(job worktypes.Job) error {
	if err := c.VerifySignature(job); err != nil {
		return err
	}
	v, known := c.get(job.Key)
	if known && (v.proved || v.failure != nil) {
		countLookup("hit")
		return v.failure
	}
	countLookup("miss")
	err := job.Proof()
	c.put(job.Key, verdict{signed: true, proved: err == nil, failure: err})
	if err != nil && c.offenders != nil {
		c.offenders.Note(job.DeviceID)
	}
	return err
}

// VerifySignature checks a job's signature only.
func (c *VerdictCache) VerifySignature(job worktypes.Job) error {
	if v, known := c.get(job.Key); known {
		if v.signed {
			return nil
		}
		return v.failure
	}
	err := job.Signature()
	c.put(job.Key, verdict{signed: err == nil, failure: err})
	return err
}

// Len returns how many verdicts are remembered.
func (c *VerdictCache) Len() int {
	n := 0
	for i := range c.shards {
		s := &c.shards[i]
		s.mtx.Lock()
		n += s.good.Len() + s.bad.Len()
		s.mtx.Unlock()
	}
	return n
}

func (c *VerdictCache) shard(key [32]byte) *cacheShard { return &c.shards[key[0]%cacheShards] }

func (c *VerdictCache) get(key [32]byte) (verdict, bool) {
	s := c.shard(key)
	s.mtx.Lock()
	defer s.mtx.Unlock()
	if v, ok := s.good.Get(key); ok {
		return v, true
	}
	return s.bad.Get(key)
}

func (c *VerdictCache) put(key [32]byte, v verdict) {
	s := c.shard(key)
	s.mtx.Lock()
	defer s.mtx.Unlock()
	if v.failure != nil {
		s.good.Remove(key)
		s.bad.Add(key, v)
		return
	}
	// A goroutine that has only checked the signature must not overwrite the verdict of one that has done both.
	if old, ok := s.good.Get(key); ok && old.proved {
		return
	}
	if _, ok := s.bad.Get(key); ok {
		return
	}
	s.good.Add(key, v)
}
