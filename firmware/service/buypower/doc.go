// Package buypower is the service "buy power" (购电) onto an IC meter card: what a card
// says and may buy ([Card]), about how much energy an amount makes ([Estimate]), and the
// pages from the card in the slot to the card in the customer's hand. A sale that did not
// reach its card is written from the same pages (补写), and the contents of a card are
// shown by them.
//
// It never sees a device: what the reader of meter cards does comes as a [Face]. Money is
// taken on the pages of service/paybill, which say "buy" where they say "pay" for a bill:
// see page.Frame.About.
package buypower
