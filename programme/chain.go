package programme

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// content is what an entry says, in the order in which it is hashed.
func (e Entry) content() []any {
	return []any{e.When, e.Public, e.Side, e.Kind, e.Measure, e.Amount, e.Low, e.High, e.Unit, e.Place, e.Bloc,
		e.Weapon, e.Condition, e.After, e.Reporter, e.Source, e.Confidence, e.Reference, e.Corrects, e.Withdrawn}
}

// digest is the SHA-256 of values, in hexadecimal. The values are numbers and
// texts that JSON can write, which Complete has seen to.
func digest(values []any) string {
	text, err := json.Marshal(values)
	if err != nil {
		// What is not finite has been refused; this keeps a damaged row from being
		// taken for a sound one.
		text = []byte(err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Key tells what an entry says from what others say: two entries of one key are
// the same statement entered twice, whoever enters it.
func (e Entry) Key() string { return digest(e.content())[:32] }

// Genesis is the hash before the first entry of a case's ledger.
func Genesis(name string) string { return digest([]any{"handover ledger", name}) }

// Link is the hash of an entry: of the hash before it, its number, when and by
// whom it was entered, and what it says.
func (e Entry) Link(before string) string {
	return digest(append([]any{before, e.Number, e.Entered, e.EnteredBy}, e.content()...))
}

// Seal is the state of a ledger: how many entries it has and the hash of the
// last, which depends on all. Who keeps a seal can tell later that what was in
// the ledger then is in it still.
type Seal struct {
	Entries int64  `json:"entries"`
	Hash    string `json:"hash"`
}
