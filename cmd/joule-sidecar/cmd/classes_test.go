package cmd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/process"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// A class has its part in the configuration, the process and the commands, and the chain knows it.
func TestClassesAreRegisteredEverywhere(t *testing.T) {
	var inProcess, inCommands []string
	var onChain []devicetypes.WorkClass
	for _, c := range process.Classes() {
		inProcess, onChain = append(inProcess, c.Name), append(onChain, c.ID)
		require.NotNil(t, c.Floor)
		require.NotNil(t, c.Taken)
		require.NotNil(t, c.Judge)
	}
	for _, c := range classes() {
		inCommands = append(inCommands, c.name)
	}
	require.Equal(t, config.Classes(), inProcess)
	require.Equal(t, config.Classes(), inCommands)
	require.ElementsMatch(t, worktypes.Classes(), onChain)
}
