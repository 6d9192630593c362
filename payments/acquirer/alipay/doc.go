// Package alipay carries the operations of an acquirer to Alipay's open platform
// (当面付: precreate, pay, query, cancel, refund), signed with RSA2.
//
// It takes transport, signing and decoding from smartwalle/alipay and none of its
// opinions: that library calls 10003 (the customer has not paid yet) a success and
// 20000 (outcome unknown) a failure. What an answer means stands in the tables of
// this package. An answer without a signature is never believed, a refusal
// included, and neither is a key that is downloaded: only the configured key
// counts.
//
// Two habits of the other end show through. An order that nobody scanned yet does
// not exist for a query. A cancel ends whatever there is: it closes what is unpaid
// and gives back what is paid.
package alipay
