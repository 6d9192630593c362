// Peers that figures and golden files are taken from. They stay out of the product's
// own go.mod.
module peers

go 1.26.0

require (
	github.com/moov-io/iso8583 v0.23.2
	github.com/yerden/go-util v1.1.4
	wattkiosk v0.0.0-00010101000000-000000000000
)

require golang.org/x/text v0.43.0 // indirect

replace wattkiosk => ../..
