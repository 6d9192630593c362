// Package mac makes the message authentication codes of a POSP by the methods that
// banks in China ask for: UnionPay's ECB with DES, triple DES or SM4, ANSI X9.9 and
// ANSI X9.19.
//
// A Maker is one key that makes codes: the slot of a PIN pad on a kiosk, New or
// NewCipher in simulators and tests. The package stores no key and knows no message.
package mac
