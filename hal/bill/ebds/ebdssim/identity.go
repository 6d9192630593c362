package ebdssim

// Auxiliary queries of other hosts, and the replies. The driver sends none of them but
// the one for the software.
var identities = map[byte][]byte{
	0x04: padded("SC8307R", 20),     // type
	0x05: padded("27002212345", 20), // serial number
	0x06: []byte("280059103"),       // boot: project number with check digit, version
	0x07: []byte("286001210"),       // application: the same, without a check digit
	0x08: padded("CNY", 32),         // variant
	0x09: []byte("490006115"),
	0x0D: {0x04, 0, 0, 0, 0, 0}, // capabilities: the next two
	0x0E: []byte("286001210"),
	0x0F: []byte("490006115"),
}

// padded is a text with zeros after it.
func padded(s string, n int) []byte {
	b := make([]byte, n)
	copy(b, s)
	return b
}
