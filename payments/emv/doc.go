// Package emv is the contact kernel of a payment with a chip card: PBOC 3.0 (JR/T
// 0025) and EMV 4.3 in the profile of an unattended terminal that asks the bank for
// every payment. It also reads the stripe (ReadStripe).
//
// It owns the dialogue with the card: which application, what the card is told, what
// its answers mean, and which bytes go to the bank (field 55). It has no I/O, no
// clock and no randomness: the owner sends its APDUs, asks the customer, calls the
// bank, and gives it date, amount and unpredictable number. It decides nothing about
// money but this: Approved means that the bank approved and that the card then gave
// its TC. Nothing else does.
//
// # Use
//
//	k, err := emv.New(terminal, payment)
//	defer k.Wipe()
//	for step := k.Start(); ; {
//		switch s := step.(type) {
//		case emv.Send:     step = k.Answer(transmit(s.APDU)) // or k.CardGone()
//		case emv.Choose:   step = k.Choose(i)
//		case emv.EnterPIN: step = k.PIN(emv.PINEntered)
//		case emv.GoOnline: step = k.Bank(emv.BankAnswer{…})
//		case emv.End:      return s.Outcome
//		}
//	}
//
// A call out of turn changes nothing and returns the step that is still due. After
// GoOnline the owner must always call Bank, also when there was no answer, and carry
// on until End: the card is to know how it ended. A card that was pulled out
// (CardGone) while the bank was asked changes nothing about that: the bank's answer
// is still wanted, since it decides whether the payment must be reversed.
//
// # The steps
//
//	SELECT 1PAY.SYS.DDF01   9000: its records name the applications
//	                        6A81: the card is blocked; else: by the terminal's list
//	SELECT each AID         the list; partial names and further ones (P2 02)
//	Choose                  several applications, or one that wants to be confirmed
//	SELECT, GPO             6283: this application is blocked; 6985 to GPO: the next one
//	READ RECORD             what the AFL names
//	restrictions            dates, use, version: into the TVR
//	cardholder verification the card's list; EnterPIN for online PIN
//	GENERATE AC             ARQC, or AAC where TVR meets a denial code
//	GoOnline                field 55, track 2 equivalent
//	EXTERNAL AUTHENTICATE   if the card does it that way; else the second GENERATE AC
//	scripts 71, GENERATE AC (TC or AAC), scripts 72
//
// # How it ends
//
//	bank's answer   card              outcome
//	not asked       AAC or TC         DeclinedOffline, or Expired
//	not asked       pulled            Pulled
//	not asked       wrong answer      BadCard
//	approved        TC                Approved
//	approved        AAC               CardDeclined, Reverse
//	approved        pulled            Pulled, Reverse
//	approved        wrong answer      BadCard, Reverse
//	refused         any               Refused
//	unreached       any               Unreached: the owner's rules for an unknown sale
//
// # What is left out, and why
//
// Offline data authentication (SDA, DDA, CDA) protects a terminal that approves by
// itself. This one never does: the ARQC is verified by the issuer. EMV Book 3, 10.3
// leaves it out for a terminal that is online only; the TVR says that it was not
// performed. Offline PIN, signature, random selection, floor limits and velocity
// checking are left out for the same reason; a TC hash (98) in a DOL is zeros.
// Application 010106 (pure electronic cash) is not in UnionPay's list: it cannot go
// online.
//
// # Bounds
//
// See the Max constants. A card that exceeds one is BadCard.
//
// A Kernel serves one payment and is not safe for concurrent use. PAN, tracks and
// everything else of the card are Secret, lie in the kernel's own memory, and are
// zeros after Wipe.
package emv
