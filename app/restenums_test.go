package app

import (
	"testing"

	golangproto "github.com/golang/protobuf/proto" //nolint:staticcheck // the gateway reads no other registry
	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

func TestRESTTakesEnumerationsByName(t *testing.T) {
	registerRESTEnums()
	registerRESTEnums() // twice does no harm
	for name, want := range map[string]map[string]int32{
		"joule.device.v1.WorkClass":    devicetypes.WorkClass_value,
		"joule.device.v1.EvidenceKind": devicetypes.EvidenceKind_value,
		"joule.work.v1.Phase":          worktypes.Phase_value,
	} {
		require.Equal(t, want, golangproto.EnumValueMap(name)) //nolint:staticcheck // the gateway reads no other registry
	}
}
