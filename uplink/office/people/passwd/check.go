package passwd

import (
	_ "embed"
	"errors"
	"strings"
	"sync"
)

// Why a password is not taken. ErrLength and the others wrap Err.
var (
	Err       = errors.New("password not taken")
	ErrLength = errors.Join(Err, errors.New("it must be 12 to 128 bytes"))
	ErrCommon = errors.Join(Err, errors.New("it is among the most common ones, or nearly"))
	ErrFew    = errors.Join(Err, errors.New("it has fewer than five different characters"))
	ErrName   = errors.Join(Err, errors.New("the name is in it"))
)

const (
	fewest    = 5 // different characters
	shortName = 3 // characters; a shorter name is in too much
)

//go:embed common.txt
var commonList string

var common = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for word := range strings.Lines(commonList) {
		out[strings.TrimSpace(word)] = true
	}

	return out
})

// Check is nil for a password that the person of this name may have.
func Check(name, password string) error {
	lower := strings.ToLower(password)
	different := map[rune]bool{}
	for _, r := range lower {
		different[r] = true
	}

	switch {
	case len(password) < Min || len(password) > Max:
		return ErrLength
	case len([]rune(name)) >= shortName && strings.Contains(lower, strings.ToLower(name)):
		return ErrName
	case len(different) < fewest:
		return ErrFew
	case isCommon(lower):
		return ErrCommon
	}

	return nil
}

// isCommon reports whether a password in lower case is a common one, or a common one with
// digits and signs around it, or twice in a row; letters may be written as digits.
func isCommon(lower string) bool {
	for _, text := range []string{lower, spelled(lower), bare(lower), bare(spelled(lower)), bare(spelled(bare(lower)))} {
		if common()[text] || common()[half(text)] {
			return true
		}
	}

	return false
}

// spelled is a text with letters for what is often written in place of them.
func spelled(text string) string {
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").Replace(text)
}

// bare is a text without what is no letter at its ends.
func bare(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return r < 'a' && r < 0x80 || r > 'z' && r < 0x80 })
}

// half is what a text says twice; else the text.
func half(text string) string {
	if first, second := text[:len(text)/2], text[len(text)/2:]; first == second {
		return first
	}

	return text
}
