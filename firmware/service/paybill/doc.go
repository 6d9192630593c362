// Package paybill is the service "pay a bill": what may be paid for an account
// ([Verified], [Unverified]), the order to head office and what its answers mean
// ([Order], [Learned], [Resolved]), and the pages from the account to the result.
//
// It never sees a device: the pages are told what the slot and the slip are doing
// as values. It decides nothing about money that the domain decides: the state of
// a payment is a payments.Transaction, and which slip and status that has comes
// from there.
package paybill
