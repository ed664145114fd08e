package app_test

import (
	"strings"
	"testing"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	protov2 "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"cosmossdk.io/api/amino"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/cosmos/cosmos-sdk/types/msgservice"

	"github.com/joulechain/joule/app/apptest"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
)

// services calls f with every method of every service of our modules, and of all others if all is set.
func services(t *testing.T, all bool, f func(protoreflect.MethodDescriptor)) {
	t.Helper()
	files, err := proto.MergedRegistry()
	require.NoError(t, err)
	seen := 0
	files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !all && !strings.HasPrefix(string(file.Package()), "joule.") {
			return true
		}
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				seen++
				f(methods.Get(j))
			}
		}
		return true
	})
	require.Greater(t, seen, 20)
}

func TestProtoAnnotations(t *testing.T) {
	files, err := proto.MergedRegistry()
	require.NoError(t, err)
	require.NoError(t, msgservice.ValidateProtoAnnotations(files))
}

// Every message and query of our modules is a command, or is left out on purpose.
func TestEveryMethodHasACommand(t *testing.T) {
	commands := map[protoreflect.FullName]*autocliv1.RpcCommandOptions{}
	for _, module := range newApp(t).AutoCLIOptions().ModuleOptions {
		for _, service := range []*autocliv1.ServiceCommandDescriptor{module.GetQuery(), module.GetTx()} {
			for _, o := range service.GetRpcCommandOptions() {
				commands[protoreflect.FullName(service.Service).Append(protoreflect.Name(o.RpcMethod))] = o
			}
		}
	}
	services(t, false, func(m protoreflect.MethodDescriptor) {
		o, described := commands[m.FullName()]
		require.True(t, described, "%s is not in AutoCLIOptions; describe it or skip it explicitly", m.FullName())
		if !o.Skip {
			require.NotEmpty(t, o.Use, "%s has no use line", m.FullName())
			require.NotEmpty(t, o.Short, "%s has no description", m.FullName())
		}
		delete(commands, m.FullName())
	})
	for name := range commands {
		require.False(t, strings.HasPrefix(string(name), "joule."), "AutoCLIOptions describe %s, which does not exist", name)
	}
}

// MsgReveal decodes, and nobody can send it: no service takes it, so CheckTx, authz and governance have no handler for
// it.
func TestRevealBelongsToNoService(t *testing.T) {
	services(t, true, func(m protoreflect.MethodDescriptor) {
		require.NotEqual(t, protoreflect.FullName("joule.beacon.v1.MsgReveal"), m.Input().FullName(), "%s", m.FullName())
	})
	a := newApp(t)
	require.Nil(t, a.MsgServiceRouter().Handler(&beacontypes.MsgReveal{}))
	_, err := a.InterfaceRegistry().Resolve(beacontypes.RevealTypeURL)
	require.NoError(t, err, "block explorers decode it")
}

func TestRevealIsRefusedByCheckTx(t *testing.T) {
	c := apptest.New(t, apptest.Options{Variants: apptest.Variants[:1]})
	res, err := c.App().CheckTx(&abci.RequestCheckTx{Tx: c.BlockTxs(1)[0], Type: abci.CheckTxType_New})
	require.NoError(t, err)
	require.NotZero(t, res.Code)
}

// Ledger devices sign amino JSON: each of our messages has the name that its annotation gives, short enough for the
// device.
func TestAminoNames(t *testing.T) {
	const longest = 39
	a := newApp(t)
	services(t, false, func(m protoreflect.MethodDescriptor) {
		if m.Parent().Name() != "Msg" {
			return
		}
		name, _ := protov2.GetExtension(m.Input().Options(), amino.E_Name).(string)
		require.NotEmpty(t, name, "%s has no amino.name", m.Input().FullName())
		require.LessOrEqual(t, len(name), longest, name)
		msg, err := a.InterfaceRegistry().Resolve("/" + string(m.Input().FullName()))
		require.NoError(t, err)
		require.NotNil(t, a.MsgServiceRouter().Handler(msg), "%s has no handler", m.FullName())
		concrete, err := a.LegacyAmino().MarshalJSON(msg)
		require.NoError(t, err)
		require.Contains(t, string(concrete), `"type":"`+name+`"`)
	})
}
