// Package programme keeps the ledger of a disarmament programme and of the forces
// that leave: what was promised, what was delivered, when, where, by which bloc,
// who says so and who entered it. An entry is about organisations and places,
// never about a person. An entry is not changed: a correction is a new entry
// that names the one it replaces, and a chain of hashes makes a later change
// evident.
package programme

import (
	"cmp"
	"slices"
)

// Kind is what an entry counts.
type Kind string

// The kinds of entries.
const (
	Offered         Kind = "offered"          // people offered a place in the programme
	Registered      Kind = "registered"       // people registered
	Demobilised     Kind = "demobilised"      // people released from their units
	Reintegrated    Kind = "reintegrated"     // people in civil work or training
	Integrated      Kind = "integrated"       // people taken into state forces or state work
	Relapsed        Kind = "relapsed"         // people back in an armed group
	WeaponsIn       Kind = "weapons-in"       // weapons handed in
	Verified        Kind = "weapons-verified" // of them counted by a third party
	Destroyed       Kind = "weapons-destroyed"
	ForcesLeft      Kind = "forces-left"       // foreign soldiers who left
	ForcesPresent   Kind = "forces-present"    // foreign soldiers in the country
	BasesHandedOver Kind = "bases-handed-over" // bases given to the state
	Advisers        Kind = "advisers"          // foreign advisers with state forces
	Trained         Kind = "trained"           // people of state forces trained
	Serving         Kind = "serving"           // of those trained so many months before, people still serving
	Payroll         Kind = "payroll"           // people on a payroll
	Present         Kind = "present"           // of them people present for duty
	PayDelay        Kind = "pay-delay"         // months by which pay is late
	PrisonEvents    Kind = "prison-events"     // breaks and risings in prisons
	Seizures        Kind = "seizures"          // caches and loads of arms seized
	Money           Kind = "money"             // money promised, or paid
)

// Class is what sort of number a kind has.
type Class struct {
	// Unit is the unit of amounts; "" for money, whose unit is a currency.
	Unit string
	// Level says that an amount is a state at a time. Other kinds add up over
	// time.
	Level bool
	// Weapons says that the kind takes a weapon and its condition.
	Weapons bool
}

var classes = map[Kind]Class{
	Offered: {Unit: "people"}, Registered: {Unit: "people"}, Demobilised: {Unit: "people"},
	Reintegrated: {Unit: "people"}, Integrated: {Unit: "people"}, Relapsed: {Unit: "people"},
	WeaponsIn: {Unit: "weapons", Weapons: true}, Verified: {Unit: "weapons", Weapons: true}, Destroyed: {Unit: "weapons", Weapons: true},
	ForcesLeft: {Unit: "people"}, ForcesPresent: {Unit: "people", Level: true},
	BasesHandedOver: {Unit: "bases"}, Advisers: {Unit: "people", Level: true},
	Trained: {Unit: "people"}, Serving: {Unit: "people", Level: true},
	Payroll: {Unit: "people", Level: true}, Present: {Unit: "people", Level: true},
	PayDelay: {Unit: "months", Level: true}, PrisonEvents: {Unit: "events"}, Seizures: {Unit: "events"},
	Money: {},
}

// Class tells what sort of number the kind has; ok is false for a word that is no
// kind.
func (k Kind) Class() (c Class, ok bool) {
	c, ok = classes[k]
	return c, ok
}

// Kinds lists all kinds by name.
func Kinds() []string {
	var out []string
	for k := range classes {
		out = append(out, string(k))
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}

// Side says whether an amount was promised or delivered.
type Side string

// The two sides.
const (
	Promised Side = "promised" // to be reached by the day of the entry
	Done     Side = "done"
)

// Measure says how an amount counts.
type Measure string

// The measures.
const (
	Added Measure = "added" // came on that day or in that month
	Total Measure = "total" // has come since the programme began
	Level Measure = "level" // is so at that time
)

// Words that an entry may use.
var (
	Weapons     = []string{"small-arm", "light-weapon", "heavy-weapon", "explosive", "ammunition", "mixed"}
	Conditions  = []string{"serviceable", "unserviceable", "mixed"}
	Confidences = []string{"low", "medium", "high"}
)
