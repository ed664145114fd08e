// Package exchange brings receipts from witnesses to the beaconer through mailboxes
// (docs/adr/0013-receipt-exchange.md). A mailbox is named by the hash of a payload: who heard a beacon knows it, and so
// does the beaconer, before anybody knows whose beacon it was. A Relay keeps mailboxes and serves them over HTTP; a
// Client posts a radio's receipts to its relays and looks for those of its own beacon. Nothing rests on a relay's good
// will: evidence is judged on chain, and a witness whose receipt was withheld brings it there itself.
package exchange
