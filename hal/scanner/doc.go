// Package scanner is the bar-code and QR scanner kind (XFS4IoT: Barcode Reader).
//
// A driver is a hal.Engine[Command, Event]: it turns what a scanner sends into one
// Scanned event a code. Codes are short text; what they mean (a bill, a payment
// code) is the owner's matter. A code may name a customer or pay money, so it is
// Code, which prints as its length.
//
// The drivers: wedge for scanners on a serial line, hidkey for those that are a
// keyboard to the system.
package scanner
