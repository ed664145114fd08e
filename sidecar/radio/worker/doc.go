// Package radioworker makes a worker of a LoRa gateway: it sends the device's beacon in its slot, commits to the
// receipts that it signed for others' beacons, opens the beacon in the next epoch with the receipts that witnesses
// brought, and brings its own to the chain where a beaconer left them out. What it signs for the chain goes through the
// spool; what is on the air cannot be taken back, so that the request is noted before it is made.
package radioworker
