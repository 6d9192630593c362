// Command kiosklab is a whole kiosk on one machine, to look at and to test: the
// real kioskd (board sim) and the real officed as child processes, a simulated MIS,
// a simulated QR acquirer, a simulated bank and a simulated card-meter system, the bench with the kiosk's devices, and
// the line between the kiosk and the broker, which can be pulled.
//
// Words: the lab is all of this together; a child is a program that the lab
// keeps running; power is what kioskd and the devices lose together; the line
// is a TCP proxy, so that losing it is not losing head office; outside is every
// system that is not ours.
//
// All it keeps is below --dir:
//
//	dev/             devices of the bench         mis.json       ledger of the MIS
//	acquirer/        keys of the QR acquirer      acquirer.json  its ledger
//	posp.json        ledger of the bank           pinpad.key     master key of the PIN pad
//	metercards.json  meter cards and meters       cardsystem.json  ledger of the card-meter system
//	kiosk/           kioskd: kiosk.toml, keys     kioskd.log     what it said
//	office/          officed: books, keys         officed.log    what it said
//	broker/          certificate and configuration for a broker of one's own
//	maker/           the maker's library that works meter cards, with --meter-mode library
//	tmp/             temporary files of kioskd and officed
//
// It serves on loopback only and asks nobody who they are. It is the one program
// that links doubles; nothing of it goes onto a board.
package main
