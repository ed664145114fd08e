package app

import (
	"testing"

	golangproto "github.com/golang/protobuf/proto" //nolint:staticcheck // the REST gateway reads enumerations from this registry and no other
	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

func TestRESTTakesEnumerationsByName(t *testing.T) {
	registerRESTEnums()
	registerRESTEnums() // twice does no harm
	require.Equal(t, devicetypes.WorkClass_value, golangproto.EnumValueMap("joule.device.v1.WorkClass"))
	require.Equal(t, devicetypes.EvidenceKind_value, golangproto.EnumValueMap("joule.device.v1.EvidenceKind"))
	require.Equal(t, worktypes.Phase_value, golangproto.EnumValueMap("joule.work.v1.Phase"))
}
