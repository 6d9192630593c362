// Package form reads and writes the files that the field reconciles by:
//
//	Ledger104  one line of 104 characters a payment, of the MIS and of the card-meter
//	           system (POS payment clearing); see line104.go for its columns
//	BankCSV    a comma-separated file of the bank's collection server, GB18030 or UTF-8
//	POSPDetail lines of 519 bytes of the bank's POSP; which are money that went back is
//	           data ([Detail])
//	Acquirer   the bill of Alipay or of WeChat Pay, as each has it, or of another one in a
//	           form that is data ([Bill])
//
// A file is read in one pass, whatever its size, with bounded memory: [Read] gives each
// line to a function as it goes. It is the caller who keeps nothing of a file that turns
// out wrong. What is wrong is said by file, line and field, as many as [MaxFaults] of
// them; one fault makes the whole file wrong.
//
// The layout of the 104 columns is known, as are the first 184 bytes of a POSP line; the
// rest of a POSP line is not, and is passed over. How a POSP's line of a refund (退货) looks no
// source says: without a [Detail] of that bank a line that names an original is refused, and
// with one a line that is neither of its words. The columns of the bank's file are ours,
// to be agreed with the bank. A full card number in a POSP line is masked before anything
// else sees it.
package form
