package gwmp

import "github.com/joulechain/joule/sidecar/address"

// EUI identifies a gateway on its forwarder's word: it proves nothing.
type EUI = address.EUI

// EUISize is the size of a gateway's identifier in bytes.
const EUISize = address.EUISize
