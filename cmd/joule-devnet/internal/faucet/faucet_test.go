package faucet

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/sidecar/keys"
)

type payment struct {
	to    string
	coins string
}

// serve starts a faucet that gives 5 and at most 9, and records what it sends.
func serve(t *testing.T, fail error) (*Server, *[]payment) {
	t.Helper()
	var sent []payment
	s, err := Serve("127.0.0.1:0", sdk.NewCoins(sdk.NewInt64Coin("ujoule", 5)), sdk.NewCoins(sdk.NewInt64Coin("ujoule", 9)), 0,
		func(_ context.Context, to string, coins sdk.Coins) (string, error) {
			sent = append(sent, payment{to, coins.String()})
			return "AB", fail
		})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, &sent
}

func address(t *testing.T) string {
	t.Helper()
	a, err := keys.Address(make([]byte, 20))
	require.NoError(t, err)
	return a
}

func TestPays(t *testing.T) {
	s, sent := serve(t, nil)
	require.NoError(t, Request(t.Context(), strings.TrimSuffix(s.URL(), path), address(t)))
	require.NoError(t, Request(t.Context(), s.URL(), address(t), "4ujoule", "5ujoule"))
	require.Equal(t, []payment{{address(t), "5ujoule"}, {address(t), "9ujoule"}}, *sent)
}

func TestRefuses(t *testing.T) {
	s, sent := serve(t, nil)
	for name, c := range map[string]struct {
		address string
		coins   []string
		want    string
	}{
		"no address":       {"", nil, "address"},
		"another prefix":   {"cosmos1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqnrql8a", nil, "must begin with"},
		"too much":         {address(t), []string{"10ujoule"}, "at most 9ujoule"},
		"another denom":    {address(t), []string{"1uatom"}, "at most 9ujoule"},
		"nothing":          {address(t), []string{"0ujoule"}, "more than nothing"},
		"not an amount":    {address(t), []string{"lots"}, "coins[0]"},
		"request too long": {strings.Repeat("x", maxRequestBytes), nil, "400"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, Request(t.Context(), s.URL(), c.address, c.coins...), c.want)
		})
	}
	resp, err := http.Post(s.URL(), "application/json", strings.NewReader(`{"to":"x"}`))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusBadRequest, resp.StatusCode, "an unknown key")
	require.Empty(t, *sent)
}

func TestFailedPaymentIsTold(t *testing.T) {
	s, _ := serve(t, errors.New("insufficient funds"))
	require.ErrorContains(t, Request(t.Context(), s.URL(), address(t)), "insufficient funds")
}

func TestExplainsItself(t *testing.T) {
	s, _ := serve(t, nil)
	resp, err := http.Get(s.URL())
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), "gives 5ujoule")
	other, err := http.Get(s.URL() + "/status")
	require.NoError(t, err)
	require.NoError(t, other.Body.Close())
	require.Equal(t, http.StatusNotFound, other.StatusCode)
}

func TestListensOnLoopbackOnly(t *testing.T) {
	_, err := Serve("0.0.0.0:0", nil, nil, 0, nil)
	require.ErrorIs(t, err, ErrNotLoopback)
	_, err = Serve("nowhere", nil, nil, 0, nil)
	require.ErrorContains(t, err, "faucet.host")
}

func TestUnreachable(t *testing.T) {
	s, _ := serve(t, nil)
	require.NoError(t, s.Close())
	require.ErrorContains(t, Request(t.Context(), s.URL(), address(t)), "faucet:")
}

func TestLimiter(t *testing.T) {
	coins := func(n int64) sdk.Coins { return sdk.NewCoins(sdk.NewInt64Coin("ujoule", n)) }
	l := newLimiter(coins(9), time.Hour)
	start := time.Unix(0, 0)
	require.Zero(t, l.take("a", coins(5), start))
	require.Equal(t, 59*time.Minute, l.take("a", coins(5), start.Add(time.Minute)), "a refused request takes nothing")
	require.Zero(t, l.take("a", coins(4), start.Add(time.Minute)))
	require.Zero(t, l.take("b", coins(9), start), "addresses do not share")
	l.giveBack("a", coins(4))
	require.Zero(t, l.take("a", coins(4), start.Add(2*time.Minute)), "a failed payment does not count")
	require.Zero(t, l.take("a", coins(9), start.Add(time.Hour)), "a new window")
	require.Len(t, l.given, 1, "windows that are over are forgotten")
	require.Zero(t, newLimiter(coins(1), 0).take("a", coins(1), start))
}

func TestTooManyRequests(t *testing.T) {
	give := sdk.NewCoins(sdk.NewInt64Coin("ujoule", 5))
	s, err := Serve("127.0.0.1:0", give, give, time.Hour, func(context.Context, string, sdk.Coins) (string, error) { return "", nil })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, Request(t.Context(), s.URL(), address(t)))
	require.ErrorContains(t, Request(t.Context(), s.URL(), address(t)), "429")
}
