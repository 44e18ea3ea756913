package model

// Expression is a node of an equation's tree: Number, Reference, Unary,
// Binary, Conditional or Call.
type Expression interface {
	// Offset is the byte offset of the node in the equation's text.
	Offset() int
}

// At is the place of a node in its equation's text.
type At int

// Offset implements Expression.
func (a At) Offset() int { return int(a) }

// Number is a literal.
type Number struct {
	At
	Value float64
}

// Reference names a variable, possibly with subscripts, or, inside an arrayed
// equation, a dimension (whose value is the index, from 1, of the element being
// computed) or an element of one.
type Reference struct {
	At
	// Name is in canonical form.
	Name       string
	Subscripts []Subscript
	// Transposed, written x', takes the dimensions in reverse order.
	Transposed bool
}

// Subscript picks along one dimension of an arrayed variable.
type Subscript struct {
	At
	// Star picks all elements; the reference must stand inside an array
	// function such as SUM. With a Name it picks the elements of that dimension,
	// which may be a subrange.
	Star bool
	// Name, in canonical form, is a dimension (the element being computed) or an
	// element; empty when Expression is used.
	Name string
	// To, in canonical form, is the last element of a range that starts at Name.
	To string
	// Position, written @2, takes the element being computed along that dimension
	// of the equation's variable, counted from 1; 0 when it is not used.
	Position int
	// Expression is a computed index counted from 1.
	Expression Expression
}

// Operator is a unary or binary operator.
type Operator int

// The operators, in the order of XMILE 1.0 table 3-1.
const (
	Plus Operator = iota
	Minus
	Times
	Divide
	Power
	Modulo
	Less
	LessEqual
	Greater
	GreaterEqual
	Equal
	NotEqual
	And
	Or
	Not
)

// String returns the operator as XMILE writes it.
func (o Operator) String() string {
	return [...]string{"+", "-", "*", "/", "^", "MOD", "<", "<=", ">", ">=", "=", "<>", "AND", "OR", "NOT"}[o]
}

// Unary is +x, -x or NOT x.
type Unary struct {
	At
	Operator Operator
	X        Expression
}

// Binary is an operation on two values.
type Binary struct {
	At
	Operator Operator
	X, Y     Expression
}

// Conditional is IF condition THEN x ELSE y.
type Conditional struct {
	At
	Condition, Then, Else Expression
}

// Call is a call of a builtin function or of a graphical function.
type Call struct {
	At
	// Function is in canonical form.
	Function  string
	Arguments []Expression
}

// Walk visits e and everything under it, parents first, and does not go below
// a node for which visit returns false.
func Walk(e Expression, visit func(Expression) bool) {
	if e == nil || !visit(e) {
		return
	}
	switch e := e.(type) {
	case *Reference:
		for _, s := range e.Subscripts {
			Walk(s.Expression, visit)
		}
	case *Unary:
		Walk(e.X, visit)
	case *Binary:
		Walk(e.X, visit)
		Walk(e.Y, visit)
	case *Conditional:
		Walk(e.Condition, visit)
		Walk(e.Then, visit)
		Walk(e.Else, visit)
	case *Call:
		for _, a := range e.Arguments {
			Walk(a, visit)
		}
	}
}
