package vendorsim

import _ "embed"

// Source is the library in C: the functions of the package comment, which ask a Reader, or
// Serve, over a socket. EP_Open takes the socket's path.
//
//go:embed maker/meter.c
var Source []byte

// Opening is what a description says of the socket of a library in C.
func Opening(socket string) string {
	return "\n[op.open]\nfunction = \"EP_Open\"\nargs = [\"'" + socket + "'\"]\n"
}
