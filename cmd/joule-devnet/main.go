// Command joule-devnet runs a Joule chain with devices on this machine.
package main

import (
	"os"

	"github.com/joulechain/joule/cmd/joule-devnet/cmd"
)

func main() { os.Exit(cmd.Execute()) }
