package worker_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/worker"
	"github.com/joulechain/joule/sidecar/worker/workertest"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// bare has nothing to work with.
type bare struct{ *workertest.Fake }

func (bare) Class() devicetypes.WorkClass { return devicetypes.WORK_CLASS_GPU }

// stepper is asked block by block.
type stepper struct{ bare }

func (stepper) Step(context.Context, worker.Task) ([]worker.Draft, error) { return nil, nil }

// openingStepper has an Open that nobody would call.
type openingStepper struct{ stepper }

func (openingStepper) Open(context.Context, worker.Task, []byte, []byte) ([]byte, error) {
	return nil, nil
}

// both works and is asked.
type both struct{ *workertest.Committer }

func (both) Step(context.Context, worker.Task) ([]worker.Draft, error) { return nil, nil }

// A worker has what its class needs and nothing that would never be called.
func TestRegister(t *testing.T) {
	committer, prover := &workertest.Committer{}, &workertest.Prover{}
	commits := worker.Class{ID: committer.Class(), First: worktypes.PHASE_COMMIT}
	proves := worker.Class{ID: committer.Class(), First: worktypes.PHASE_PROVE}
	provers := worker.Class{ID: prover.Class(), First: worktypes.PHASE_PROVE}
	proverCommits := worker.Class{ID: prover.Class(), First: worktypes.PHASE_COMMIT}
	none := bare{&workertest.Fake{}}
	for name, c := range map[string]struct {
		class  worker.Class
		worker worker.Worker
		says   string
	}{
		"commits and opens":          {commits, committer, ""},
		"proves":                     {provers, prover, ""},
		"steps":                      {commits, stepper{none}, ""},
		"another class":              {provers, committer, "is not registered"},
		"neither works nor steps":    {commits, none, "either Work or Step"},
		"works and steps":            {commits, both{committer}, "either Work or Step"},
		"commits and never opens":    {proverCommits, prover, "has no Open"},
		"opens without a commitment": {proves, committer, "nothing that Open could answer"},
		"steps and opens":            {commits, openingStepper{stepper{none}}, "nothing that Open could answer"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := worker.Register(worker.Classes{c.class}, c.worker)
			if c.says != "" {
				require.ErrorIs(t, err, worker.ErrRoles)
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.class.ID, r.Class.ID)
			require.NotEqual(t, r.Windowed == nil, r.Stepper == nil)
		})
	}
}
