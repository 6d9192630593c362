// Package counterfeit owns what follows from a counterfeit note (假币) that is found when cash
// is counted: one case a finding, which is brought to its end with the maker of the note
// validator under the contract.
//
//	event      found       told        visited     decided      taken-back
//	told       told        -           -           -            -
//	visit      visited     visited     visited     -            -
//	decide     decided*    decided     decided     -            -
//	take-back  taken-back  taken-back  taken-back  taken-back*  -
//
// (* decided only where the owner of the fleet bears all of it: the maker has to be told first;
// taken back only while the maker has not paid.)
//
// The contract (Terms) is kept with the case as it was when the note was found. It says until
// when the maker is told, comes and answers, who is given the case when that is late
// (Desk.Watch), and who bears the loss. A decision takes two people (package approval). It
// posts the loss by one balanced entry, counterfeit-ID, in the database transaction that ends
// the case, so that it is posted once:
//
//	counterfeit → due-from-maker, write-off
//
// The notes stand in that account from the finding on, out of the collection that it names
// (cash.Vault.ForgeIn): of the count by its receipt; found later in the vault, they are set aside
// and not handed over; found by the bank, they explain what it has less. So a note is lost once.
// No collection has more of them than its receipt says, and no two cases have a note of the same
// number and value. A case from before that rule is set aside when it is decided; where it names
// no collection, its loss is taken from where the notes were found.
//
// What the maker bears is claimed from it, and is paid or refused (StepClaim): the contract says
// within how many days. What was paid is entered by another person than who claimed it, as the
// bank has it, and posted once, by claim-ID: due-from-maker → cash-at-bank. What is refused
// stays due from the maker, and may be claimed again; or two people write it off, once, by
// claim-dropped-ID: due-from-maker → write-off. Should the maker pay after that, it is entered in
// the same way: write-off → cash-at-bank.
//
// A finding that was a mistake is taken back by two people (Desk.TakeBackIn): every entry of its case
// is posted back, its notes are again what the receipt of their collection says, and may be found
// anew. Notes set aside in the vault can be taken back until their collection is handed over without
// them; what a second count took for counterfeit stays so, with no case, until the right one is
// opened.
//
// Photographs are kept as content by their hash. The evidence pack (Pack) is all of a case as
// one ZIP file, with a manifest of hashes; the same case gives the same bytes.
//
// The package refuses files that are not pictures, or too large, a finding that cannot be meant,
// and to say which customer it was: candidates are shown beside a case, and stand in no book.
package counterfeit
