// Package acquirer is head office's side of a QR acquirer (收单机构): one model of
// its operations, whatever protocol carries them. Its adapters are alipay, wechat
// and signed.
//
// A payment goes one of two ways. Order makes a code that the kiosk shows and the
// customer scans; Collect takes money by the code that the customer shows and the
// kiosk scans. Every call names the payment by our own serial (流水号), which the
// acquirer keeps as its merchant order number and never pays twice.
//
// Each call ends in one of three outcomes: done, not done, unknown. The package
// never guesses. A lost answer, one whose signature does not verify, and one that
// speaks of another order, merchant or amount are unknown: Ask by the serial, or
// Close, resolves them. A notice that the acquirer pushes is a hint to ask, and
// believed alone only where it says that the order is paid.
//
// Amounts are integer fen, and decimal strings are compared as fen; no float is
// used. What identifies the payer is masked before it leaves an adapter.
package acquirer
