// Package meterissuersim is the issuer's side of the virtual meter cards of cardsim: it
// makes them ([New]), and it is the encryption service (加密机) behind a card-meter system
// that has a sale written onto one of them, round by round ([Issuer.Steps]).
//
// A simulator of a card-meter system takes it as a plain function:
//
//	issuer := meterissuersim.NewIssuer(meterissuersim.TestKeys())
//	system := cardsystemsim.Config{Encryptor: issuer.Steps}
//
// The rounds of a processor card; each update has a challenge of its own, as a card that
// lets one serve only once needs it:
//
//	0  SELECT MF, READ EF19, SELECT DF01, READ EF01 and EF02, INTERNAL AUTHENTICATE, GET CHALLENGE 8
//	1  EXTERNAL AUTHENTICATE, GET CHALLENGE 4
//	2  UPDATE EF01: a purchase card without parameters to take over; GET CHALLENGE 4
//	3  UPDATE EF05: nothing returned; GET CHALLENGE 4
//	4  UPDATE EF02, the purse; last
//
// Of a memory card:
//
//	0  read identity and purchases
//	1  verify the code, write the purchase, write its checksum, which is the purse; last
//
// A card that is not the one that was sold onto, or does not prove itself, gets no further
// round; nor does one whose count is not the one before the sale.
//
// The algorithm is the test algorithm of cardsim, the keys are the same for all cards, and
// the numbers drawn are predictable. Whether a sale is to be written at all is not its
// affair.
package meterissuersim
