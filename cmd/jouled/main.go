// Command jouled is Joule's node.
package main

import (
	"fmt"
	"os"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"

	"github.com/joulechain/joule/app"
	"github.com/joulechain/joule/cmd/jouled/cmd"
)

func main() {
	root := cmd.NewRootCmd()
	if err := svrcmd.Execute(root, cmd.EnvPrefix, app.DefaultNodeHome); err != nil {
		fmt.Fprintln(root.ErrOrStderr(), "Error:", err)
		os.Exit(1)
	}
}
