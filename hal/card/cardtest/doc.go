// Package cardtest holds the doubles and the conformance suite of the card-reader
// kind.
//
// [Suite] is what every driver must pass together with its simulator, as far as
// its [Abilities] go; a case outside them is skipped, and says why. [Rig] is the
// deterministic pump it runs on: an engine and a device joined by a perfect line
// under a virtual clock, with hooks to disturb the line. The oracle is the virtual
// card of package cardsim: what reached it, and what it holds. [Fake] is an engine
// without a protocol, for the tests of those who own a reader.
//
// Use, in a test beside a simulator:
//
//	func TestSuite(t *testing.T) {
//		able := cardtest.Abilities{Motor: true, T1: true, Chips: []card.Chip{card.SLE4442}}
//		cardtest.Suite(t, "crt571", able, func(t *testing.T) *cardtest.Rig {
//			dev := crt571sim.New(crt571sim.Config{})
//			return cardtest.NewRig(t, func() card.Engine { return crt571.New(crt571.Config{}) }, dev)
//		})
//	}
//
// The simulator must let the chip work some time after the command came and some
// time before the answer leaves, so that a card can be pulled out in between.
//
// The package refuses to know any protocol, and never waits for real time.
package cardtest
