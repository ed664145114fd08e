package gpu

import (
	"context"
	"fmt"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// selfTest waits for the running self-test, or starts one. A window that ends
// meanwhile does not end the test: the next one finds it done, however slow the machine.
func (g *Guard) selfTest(ctx context.Context, p proofgpu.Params) error {
	if g.testing != nil && g.testing.params != p {
		g.endTest()
	}
	if g.testing == nil {
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		test := &runningTest{params: p, cancel: cancel, done: make(chan struct{})}
		b := g.backend
		go func() {
			defer close(test.done)
			test.err = g.o.Test(own, b, p)
		}()
		g.testing = test
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-g.testing.done:
	}
	err := g.testing.err
	g.endTest()
	if err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	return nil
}

// endTest ends a self-test that may be running and waits for it.
func (g *Guard) endTest() {
	if g.testing == nil {
		return
	}
	g.testing.cancel()
	<-g.testing.done
	g.testing = nil
}

type runningTest struct {
	params proofgpu.Params
	cancel context.CancelFunc
	done   chan struct{}
	err    error // valid once done is closed
}
