// Package booksim is how the simulated systems outside hand out their day-books: the file
// in which each says what its ledger holds of a business date, made when it is asked for,
// in the form that such a system has:
//
//	Ledger104   the marketing MIS and the card-meter system
//	POSPDetail  a bank's POSP
//	AlipayBill  an acquirer, as Alipay has its bill; GB18030
//	WeChatBill  an acquirer, as WeChat Pay has it; UTF-8
//	BankCSV     a bank's collection server; GB18030
//
// The writers are written from what the field says of the forms, and share no code with
// those who read them. A [Server] hands books out by socket, as uplink/office/settle/source
// asks for them, or lays them into a folder under the names of the field. What is wrong with
// a book on purpose is a [Fault].
//
// It is a double: only tests, other doubles and the lab may import it.
package booksim
