// Package soap carries XML messages to the web services of power companies: SOAP 1.1 and
// 1.2 over HTTP, WS-Security's UsernameToken as text or digest, in UTF-8 or GB18030. It
// owns the envelope, the token, the text encoding and what a fault is; what is in the body
// is the road's that uses it. The side of the service is here as well, for simulators.
//
// # What it reads
//
// Elements are told by namespace and name, never by prefix. The text of an answer is in
// the encoding that Content-Type names, or else the XML declaration, or else UTF-8; GBK
// and GB2312 are read as GB18030, which holds both. A fault counts with any HTTP status,
// 200 among them, and in either version's shape inside either version's envelope; an
// answer that is neither 200 nor a fault is no answer. An answer is at most MaxBody bytes.
//
// # What it writes
//
// The whole document is in one encoding, which the XML declaration and Content-Type both
// name; what the text cannot hold is escaped before. SOAPAction is quoted in 1.1, and a
// parameter of Content-Type in 1.2. Each call has a connection of its own, is not
// repeated, and follows no redirection.
package soap
