// Package counterfeit owns what follows from a counterfeit note (假币) that is found when cash
// is counted: one case a finding, which is brought to its end with the maker of the note
// validator under the contract.
//
//	event    found     told      visited   decided
//	told     told      -         -         -
//	visit    visited   visited   visited   -
//	decide   decided*  decided   decided   -
//
// (* only where the owner of the fleet bears all of it: the maker has to be told first.)
//
// The contract (Terms) is kept with the case as it was when the note was found. It says until
// when the maker is told, comes and answers, who is given the case when that is late
// (Desk.Watch), and who bears the loss. A decision takes two people (package approval). It
// posts the loss by one balanced entry, counterfeit-ID, in the database transaction that ends
// the case, so that it is posted once:
//
//	found at counting    counterfeit  → due-from-maker, write-off (the receipt of the collection has debited counterfeit)
//	found in the vault   cash-counted → the same
//	found by the bank    cash-at-bank → the same
//
// What the maker bears is claimed from it, and is paid or refused (StepClaim): the contract says
// within how many days. What was paid is entered by another person than who claimed it, as the
// bank has it, and posted once, by claim-ID: due-from-maker → cash-at-bank. What is refused
// stays due from the maker, and may be claimed again; or two people write it off, once, by
// claim-dropped-ID: due-from-maker → write-off. Should the maker pay after that, it is entered in
// the same way: write-off → cash-at-bank.
//
// Photographs are kept as content by their hash. The evidence pack (Pack) is all of a case as
// one ZIP file, with a manifest of hashes; the same case gives the same bytes.
//
// The package refuses files that are not pictures, or too large, a finding that cannot be meant,
// and to say which customer it was: candidates are shown beside a case, and stand in no book.
package counterfeit
