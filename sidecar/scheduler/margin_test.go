package scheduler

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/chain"
)

func TestDeadlineFollowsTheMeasuredBlockTime(t *testing.T) {
	seen := time.Unix(1000, 0)
	m := newMargin(1, 200*time.Millisecond)
	head := chain.Head{Height: 100, Seen: seen, BlockTime: 6 * time.Second}
	require.Equal(t, seen.Add(24*time.Second-200*time.Millisecond), m.deadline(head, 105), "five blocks ahead, less one block and the fixed part")
	head.BlockTime = time.Second
	require.Equal(t, seen.Add(4*time.Second-200*time.Millisecond), m.deadline(head, 105))
	head.BlockTime = 0
	require.Equal(t, seen.Add(4*fallbackBlockTime-200*time.Millisecond), m.deadline(head, 105))
}

func TestMarginLearnsFromMisses(t *testing.T) {
	m := newMargin(1, 0)
	require.Equal(t, time.Second, m.width(time.Second))
	m.learn(false)
	require.Equal(t, 1500*time.Millisecond, m.width(time.Second))
	for range 100 {
		m.learn(false)
	}
	require.Equal(t, 5*time.Second, m.width(time.Second), "bounded")
	for range 100 {
		m.learn(true)
	}
	require.Equal(t, time.Second, m.width(time.Second), "and it comes back")
}
