// Command joule-sidecar runs beside an owner's hardware: it does the work, proves it to the chain and collects the pay.
package main

import (
	"os"

	"github.com/joulechain/joule/cmd/joule-sidecar/cmd"
)

func main() { os.Exit(cmd.Execute()) }
