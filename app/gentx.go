package app

import (
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
)

// ValidateGenTx accepts a genesis transaction of two messages: the validator's creation and its beacon key.
// The SDK's validator accepts one message only, which would leave a genesis validator without randomness to reveal.
func ValidateGenTx(msgs []sdk.Msg) error {
	if len(msgs) != 2 {
		return fmt.Errorf("gentx: has %d messages; want MsgCreateValidator and MsgRegisterKey (make it with jouled genesis gentx)", len(msgs))
	}
	create, ok := msgs[0].(*stakingtypes.MsgCreateValidator)
	if !ok {
		return fmt.Errorf("gentx: message 0 is %s; want MsgCreateValidator", sdk.MsgTypeURL(msgs[0]))
	}
	key, ok := msgs[1].(*beacontypes.MsgRegisterKey)
	if !ok {
		return fmt.Errorf("gentx: message 1 is %s; want joule.beacon.v1.MsgRegisterKey", sdk.MsgTypeURL(msgs[1]))
	}
	if key.OperatorAddress != create.ValidatorAddress {
		return fmt.Errorf("gentx: beacon key of %s beside validator %s; they must be the same operator", key.OperatorAddress, create.ValidatorAddress)
	}
	return create.Validate(sdkValidatorCodec)
}
