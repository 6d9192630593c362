// Package acquiring owns head office's orders at QR acquirers: one row for each, what
// happened to it, and the cases that follow from it.
//
// How an order comes to its end is payments/qr/order's to say; Ledger stores each step
// durably before its effect, and hands out the calls to make. It holds nothing in
// memory: a restart loses nothing, and of two head offices on one store one makes a
// call. Customers' payment codes are never stored.
//
// An order is placed once under its serial. A kiosk that asks about one that nobody
// knows asks books that came out of a backup: the order is made anew from the request,
// and the acquirers are asked about it, one after the other.
//
// A kiosk is told that nothing was paid in the same database transaction in which the
// answer is made. What is paid after that goes back by itself.
//
// Two people give a payment back that is not booked: see PlanRefund and RefundIn.
//
// Cases (their classes are package books'): an order open for more than an hour
// (order-late); a payment that came too late and goes back (returning, which closes
// itself); a refund that the acquirer refused (kept); a payment that nothing was ordered
// for in ten minutes (unbooked). A posting that is ordered for what is not paid is package
// books' matter (unpaid).
package acquiring
