package chain

import (
	"sync"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	sdktx "github.com/cosmos/cosmos-sdk/types/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Codec is the wire codec of everything the sidecar sends and reads.
var Codec = sync.OnceValue(func() *codec.ProtoCodec {
	r := codectypes.NewInterfaceRegistry()
	cryptocodec.RegisterInterfaces(r)
	authtypes.RegisterInterfaces(r)
	sdktx.RegisterInterfaces(r)
	devicetypes.RegisterInterfaces(r)
	emissionstypes.RegisterInterfaces(r)
	worktypes.RegisterInterfaces(r)
	return codec.NewProtoCodec(r)
})
