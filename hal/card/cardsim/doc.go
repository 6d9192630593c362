// Package cardsim holds virtual cards, free of any reader: processor cards, memory
// cards and magnetic tracks, as the simulators of readers take them into their
// slots and the lab keeps them in its drawer.
//
// It owns what a card does by itself: files, keys and status words of a State-Grid
// style meter card; applications, counters and cryptograms of a bank card; bytes,
// protection bits, codes and error counters of memory cards, down to the native step
// of the chip. What a card keeps without power is its state, and goes to and from
// JSON; security state, challenges and a response that waits do not survive PowerOff.
//
// Use:
//
//	m := cardsim.NewMeterCard(cardsim.Holder{Serial: [8]byte{7: 1}, MeterNo: "000000000001"})
//	c := &cardsim.Card{ID: "meter-1", Processor: m}
//	atr := c.Processor.Reset(false)
//	r := c.Processor.Transmit([]byte{0x00, 0xB0, 0x99, 0x01, 0x08})
//
// A power cut in the middle is armed beforehand: CutAfter(n) lets n more steps
// (APDUs, native commands of a memory chip) pass and takes the power in the next
// one. Whether that one had its effect is up to Tear; a processor card then answers
// nil, a memory card ErrPower, both until they are powered again. A reader's
// simulator takes that for a card that was pulled out.
//
// The authentication and MAC of the meter card are a test algorithm (SHA-256 over
// keys and data, see TestAuth and TestMAC), not that of any real card: the national
// ciphers and keys are not public. Everything here is for tests and the lab; no
// shipped program may import it.
package cardsim
