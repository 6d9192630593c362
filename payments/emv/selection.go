package emv

import (
	"bytes"
	"cmp"
	"slices"

	"wattkiosk/payments/emv/tlv"
)

// directoryName is that of the payment system environment of cards with contacts.
const directoryName = "1PAY.SYS.DDF01"

// selection is the search for an application, and how far it is.
type selection struct {
	k          *Kernel
	file       byte // SFI of the directory
	record     byte // of the directory, the one that is being read
	listed     int  // place in the terminal's list
	further    int  // applications seen under the same partial name
	candidates []Candidate
	chosen     int // place among the candidates
	blocked    bool
	known      bool // the card understands selection by name
}

// P2 of SELECT.
const (
	firstOne = 0x00
	nextOne  = 0x02
)

func (s *selection) selectName(c Command, name []byte, p2 byte) Step {
	return s.k.send(c, [4]byte{0x00, 0xA4, 0x04, p2}, name)
}

func (s *selection) selectDirectory() Step {
	return s.selectName(SelectDirectory, []byte(directoryName), firstOne)
}

// fci is what the kernel uses of an answer to SELECT (Book 1, 11.3).
type fci struct {
	name        []byte // 84
	proprietary []byte // A5
}

func readFCI(data []byte) (f fci, err error) {
	template, err := tlv.Only(data, tagFCI)
	if err != nil {
		return fci{}, malformed(err)
	}
	if f.name, err = tlv.Find(template, tagName); err != nil {
		return fci{}, malformed(err)
	}
	if f.proprietary, err = tlv.Find(template, tagProprietary); err != nil {
		return fci{}, malformed(err)
	}
	if len(f.name) == 0 || f.proprietary == nil {
		return fci{}, ErrMissing
	}

	return f, nil
}

func (s *selection) tookDirectory(data []byte, sw int) Step {
	k := s.k
	if sw == swNoFunction {
		return k.end(CardBlocked, ErrBlocked)
	}
	s.known = sw == swOK || sw == swNoFile || sw == swBlocked

	f, err := readFCI(data)
	if sw != swOK || err != nil {
		return s.nextListed(firstOne)
	}
	file, err := tlv.Find(f.proprietary, tagDirectory)
	if err != nil || len(file) != 1 || file[0] < 1 || file[0] > 10 {
		return s.nextListed(firstOne)
	}
	s.file, s.record = file[0], 1

	return k.readRecord(ReadDirectory, s.file, 1)
}

func (k *Kernel) readRecord(c Command, file, record byte) Step {
	return k.send(c, [4]byte{0x00, 0xB2, record, file<<3 | 0x04}, nil)
}

func (s *selection) tookEntry(data []byte, sw int) Step {
	switch {
	case sw == swNoRecord && len(s.candidates) > 0:
		return s.decide()
	case sw != swOK || s.record >= MaxDirectory || s.addEntries(data) != nil:
		s.candidates = nil // a directory that cannot be read is none
		return s.nextListed(firstOne)
	}
	s.record++

	return s.k.readRecord(ReadDirectory, s.file, s.record)
}

// addEntries adds the applications of one record of the directory that the terminal
// knows.
func (s *selection) addEntries(data []byte) error {
	record, err := tlv.Only(data, tagRecord)
	if err != nil {
		return err
	}
	for entry, err := range tlv.All(record) {
		if err != nil {
			return err
		}
		if entry.Tag != tagEntry {
			continue
		}
		aid, err := tlv.Find(entry.Value, tagAID)
		if err != nil {
			return err
		}
		s.addCandidate(aid, entry.Value)
	}

	return nil
}

// application is the terminal's row for a name of a card; nil when it takes none such.
func (t Terminal) application(name []byte) *Application {
	i := slices.IndexFunc(t.Applications, func(a Application) bool { return a.matches(name) })
	if i < 0 {
		return nil
	}

	return &t.Applications[i]
}

func (a Application) matches(name []byte) bool {
	return bytes.Equal(a.AID, name) || a.Partial && bytes.HasPrefix(name, a.AID) && len(name) <= maxAID
}

// addCandidate adds an application with what the card says of it, unless the terminal
// does not take it or it is there already.
func (s *selection) addCandidate(aid, says []byte) {
	there := slices.ContainsFunc(s.candidates, func(c Candidate) bool { return bytes.Equal(c.AID, aid) })
	if s.k.terminal.application(aid) == nil || there || len(s.candidates) >= MaxCandidates {
		return
	}

	c := Candidate{AID: bytes.Clone(aid)}
	if label, err := tlv.Find(says, tagLabel); err == nil {
		c.Label = printable(label)
	}
	if p, err := tlv.Find(says, tagPriority); err == nil && len(p) == 1 {
		c.Priority, c.Confirm = int(p[0]&0x0F), p[0]&0x80 != 0
	}
	s.candidates = append(s.candidates, c)
}

// printable is a label without what cannot be shown.
func printable(b []byte) string {
	const longest = 16
	b = slices.DeleteFunc(bytes.Clone(b), func(c byte) bool { return c < ' ' || c > '~' })

	return string(bytes.TrimSpace(b[:min(len(b), longest)]))
}

// nextListed selects by the terminal's list: the first name, or a further
// application of the same partial name.
func (s *selection) nextListed(p2 byte) Step {
	k := s.k
	if s.listed >= len(k.terminal.Applications) {
		return s.decide()
	}
	if p2 == firstOne {
		s.further = 0
	}
	s.further++

	return s.selectName(SelectListed, k.terminal.Applications[s.listed].AID, p2)
}

func (s *selection) tookListed(data []byte, sw int) Step {
	k := s.k
	row := k.terminal.Applications[s.listed]
	if sw == swNoFunction && s.listed == 0 && s.further == 1 {
		return k.end(CardBlocked, ErrBlocked)
	}
	s.known = s.known || sw == swOK || sw == swNoFile || sw == swBlocked

	f, err := readFCI(data)
	if (sw != swOK && sw != swBlocked) || err != nil || !bytes.HasPrefix(f.name, row.AID) {
		s.blocked = s.blocked || sw == swBlocked
		s.listed++
		return s.nextListed(firstOne)
	}
	if sw == swBlocked {
		s.blocked = true
	} else if row.matches(f.name) {
		s.addCandidate(f.name, f.proprietary)
	}
	if row.Partial && len(f.name) > len(row.AID) && s.further < MaxFurther {
		return s.nextListed(nextOne)
	}
	s.listed++

	return s.nextListed(firstOne)
}

// decide goes on with what candidates there are.
func (s *selection) decide() Step {
	k := s.k
	slices.SortStableFunc(s.candidates, func(a, b Candidate) int { return cmp.Compare(order(a), order(b)) })
	switch {
	case len(s.candidates) == 0 && s.blocked:
		return k.end(ApplicationBlocked, ErrBlocked)
	case len(s.candidates) == 0 && s.known:
		return k.end(NoApplication, ErrUnknown)
	case len(s.candidates) == 0:
		return k.end(NotEMV, ErrUnknown)
	case len(s.candidates) == 1 && !s.candidates[0].Confirm:
		return s.selectApplication(0)
	}

	return Choose{Applications: slices.Clone(s.candidates)}
}

// Application is the one that was selected, as the card names it; zero before.
func (k *Kernel) Application() Candidate {
	if s := k.selection; s.chosen < len(s.candidates) {
		return s.candidates[s.chosen]
	}

	return Candidate{}
}

// Certificate is the TC of a payment that the card agreed to; nil of any other. It is a
// copy.
func (k *Kernel) Certificate() []byte {
	info := k.objects.get(tagCryptogramInfo)
	if !k.asked.second || len(info) != 1 || info[0]&kindMask != kindTC {
		return nil
	}

	return bytes.Clone(k.objects.get(tagCryptogram))
}

// order puts an application without a priority last.
func order(c Candidate) int {
	if c.Priority == 0 {
		return 16
	}

	return c.Priority
}

func (s *selection) selectApplication(i int) Step {
	s.chosen = i

	return s.selectName(SelectApplication, s.candidates[i].AID, firstOne)
}

func (s *selection) tookApplication(data []byte, sw int) Step {
	k := s.k
	f, err := readFCI(data)
	if sw != swOK || err != nil || !bytes.Equal(f.name, s.candidates[s.chosen].AID) {
		s.blocked = s.blocked || sw == swBlocked
		return s.another()
	}

	row := k.terminal.application(f.name)
	k.objects.set(tagName, f.name, true)
	k.objects.set(tagTerminalAID, f.name, false)
	k.objects.set(tagVersion, []byte{byte(row.Version >> 8), byte(row.Version)}, false)

	return k.records.getOptions(f.proprietary)
}

// another drops the chosen application and goes on with the others.
func (s *selection) another() Step {
	s.candidates = slices.Delete(s.candidates, s.chosen, s.chosen+1)

	return s.decide()
}
