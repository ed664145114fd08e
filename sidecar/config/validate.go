package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

var (
	// ErrNoFile means that there is no configuration file.
	ErrNoFile = errors.New("no configuration file")
	// ErrSyntax means that the file is no valid TOML or has the wrong shape.
	ErrSyntax = errors.New("configuration syntax")
	// ErrUnknownKey means that a key does not exist.
	ErrUnknownKey = errors.New("unknown configuration key")
	// ErrValue means that a value has the wrong type or is out of its limits.
	ErrValue = errors.New("configuration value")
	// ErrContradiction means that two keys cannot both hold.
	ErrContradiction = errors.New("contradictory configuration")
)

// Validate checks every field's limits and the rules between fields. Errors name the key, its value and what would be
// right.
func (c Config) Validate() error {
	for _, f := range Fields() {
		if err := f.check(c.Value(f.Key)); err != nil {
			return err
		}
	}
	if err := c.checkDevices(); err != nil {
		return err
	}
	for _, rule := range []func() error{c.checkRelayer, c.checkEndpoints, c.checkServer, c.checkRadioServer, c.checkTimes, c.checkGasPrice} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

func (f Field) check(v any) error {
	bad := func(want string) error {
		return fmt.Errorf("%w: %s is %s and must be %s", ErrValue, f.Key, literal(v), want)
	}
	if f.Required && (v == "" || isEmptyList(v)) {
		return fmt.Errorf("%w: %s must not be empty", ErrValue, f.Key)
	}
	if s, ok := v.(string); ok && f.OneOf != nil && !slices.Contains(f.OneOf, s) {
		return bad("one of " + strings.Join(slices.DeleteFunc(slices.Clone(f.OneOf), func(s string) bool { return s == "" }), ", "))
	}
	if f.Min == nil {
		return nil
	}
	n, low, high := number(v), number(f.Min), number(f.Max)
	if math.IsNaN(n) || n < low || n > high {
		return bad(fmt.Sprintf("in %s..%s", plain(f.Min), plain(f.Max)))
	}
	return nil
}

func isEmptyList(v any) bool {
	l, ok := v.([]string)
	return ok && len(l) == 0
}

func number(v any) float64 {
	switch v := v.(type) {
	case uint64:
		return float64(v)
	case float64:
		return v
	case time.Duration:
		return float64(v)
	}
	return math.NaN()
}

func (c Config) checkRelayer() error {
	r := c.Relayer
	ring := r.KeyringBackend != "" || r.KeyringDir != "" || r.KeyringName != ""
	if ring && r.KeyFile != "" {
		if c.sources["relayer.key_file"] != FromDefault {
			return fmt.Errorf("%w: relayer.key_file and relayer.keyring_… are both set: keep one", ErrContradiction)
		}
	} else if !ring && r.KeyFile == "" {
		return fmt.Errorf("%w: relayer.key_file is empty and no keyring is named: set one of them", ErrValue)
	}
	if ring && (r.KeyringBackend == "" || r.KeyringName == "") {
		return fmt.Errorf("%w: a keyring needs relayer.keyring_backend and relayer.keyring_name", ErrContradiction)
	}
	if ring && r.KeyringBackend != "os" && r.KeyringDir == "" {
		return fmt.Errorf("%w: the keyring backend %q needs relayer.keyring_dir", ErrContradiction, r.KeyringBackend)
	}
	return nil
}

func (c Config) checkEndpoints() error {
	seen := map[string]bool{}
	for _, e := range c.Chain.Endpoints {
		if _, _, err := ParseEndpoint(e); err != nil {
			return err
		}
		if seen[e] {
			return fmt.Errorf("%w: chain.endpoints lists %s twice", ErrContradiction, e)
		}
		seen[e] = true
	}
	return nil
}

// ParseEndpoint splits a node's address into host:port and whether TLS is used.
func ParseEndpoint(e string) (hostPort string, tls bool, err error) {
	hostPort = e
	if rest, ok := strings.CutPrefix(e, "grpcs://"); ok {
		hostPort, tls = rest, true
	} else if rest, ok := strings.CutPrefix(e, "grpc://"); ok {
		hostPort = rest
	}
	host, port, err := net.SplitHostPort(hostPort)
	if err == nil && (host == "" || !validPort(port)) {
		err = errors.New("host or port is missing")
	}
	if err != nil {
		return "", false, fmt.Errorf("%w: chain.endpoints: %q must be host:port, grpc://host:port or grpcs://host:port: %w", ErrValue, e, err)
	}
	return hostPort, tls, nil
}

func validPort(p string) bool {
	n, err := strconv.ParseUint(p, 10, 16)
	return err == nil && n > 0
}

func (c Config) checkServer() error {
	if !c.Server.Enabled {
		if c.Server.Metrics && c.sources["server.metrics"] != FromDefault {
			return fmt.Errorf("%w: server.metrics is true and server.enabled is false: metrics are served by that server", ErrContradiction)
		}
		return nil
	}
	host, port, err := net.SplitHostPort(c.Server.Address)
	if err != nil || (port != "0" && !validPort(port)) {
		return fmt.Errorf("%w: server.address %q must be host:port", ErrValue, c.Server.Address)
	}
	ip := net.ParseIP(host)
	loopback := host == "localhost" || (ip != nil && ip.IsLoopback())
	if !loopback && !c.Server.AllowPublic {
		return fmt.Errorf("%w: server.address %q is reachable from other machines and server.allow_public is false: use 127.0.0.1 or allow it", ErrContradiction, c.Server.Address)
	}
	return nil
}

func (c Config) checkTimes() error {
	if c.Submitter.RetryMin > c.Submitter.RetryMax {
		return fmt.Errorf("%w: submitter.retry_min %s is longer than submitter.retry_max %s", ErrContradiction, c.Submitter.RetryMin, c.Submitter.RetryMax)
	}
	if c.Chain.RequestTimeout < c.Chain.PollInterval/4 {
		return fmt.Errorf("%w: chain.request_timeout %s is far shorter than chain.poll_interval %s", ErrContradiction, c.Chain.RequestTimeout, c.Chain.PollInterval)
	}
	return nil
}

func (c Config) checkGasPrice() error {
	_, err := c.Chain.LeastGasPrice()
	return err
}

// LeastGasPrice is the lowest gas price that is offered, in ujoule; zero means the chain's floor price. It fails with
// ErrValue.
func (c Chain) LeastGasPrice() (sdkmath.LegacyDec, error) {
	if c.GasPrice == "" {
		return sdkmath.LegacyZeroDec(), nil
	}
	price, err := sdk.ParseDecCoin(c.GasPrice)
	if err != nil {
		return sdkmath.LegacyDec{}, fmt.Errorf("%w: chain.gas_price %q must be a number with a denomination, like 0.03ujoule, or empty", ErrValue, c.GasPrice)
	}
	if price.Denom != "ujoule" {
		return sdkmath.LegacyDec{}, fmt.Errorf("%w: chain.gas_price is in %s and must be in ujoule", ErrValue, price.Denom)
	}
	return price.Amount, nil
}
