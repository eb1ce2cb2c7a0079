package cube

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
)

// Variance is a change between two periods to be explained.
type Variance struct {
	Value    Measure     // what changed, e.g. sum(amount); additive
	Quantity *Measure    // with it the change is split into price, volume and mix, e.g. sum(quantity)
	Items    []Dimension // what prices belong to, e.g. product
	Explain  []Dimension // dimensions to look for the causes in
	Where    *Cond
	Time     string
	Base     [2]string // first and last day of the period to compare with, YYYY-MM-DD
	Actual   [2]string
}

// VarianceResult is the change and what it is made of. Money is exact; the
// effects of each item and of all items add up to the change to the last digit.
type VarianceResult struct {
	Base     Value         `json:"base"`
	Actual   Value         `json:"actual"`
	Change   Value         `json:"change"`
	Effects  *Effects      `json:"effects,omitempty"`
	Items    []ItemChange  `json:"items,omitempty" doc:"the greatest changes first"`
	Explains []Explanation `json:"explains,omitempty" doc:"the dimension that explains the change best first"`
}

// Effects are the parts of a change.
//
// For what is sold in both periods, with quantity q and price p, before (0) and
// now (1), and all quantities Q of these: price = (p1−p0)·q1; volume = what the
// change of Q alone would have brought at the old mix, (Q1/Q0−1)·p0·q0; mix = the
// rest of the change of quantity, p0·(q1 − q0·Q1/Q0). What is sold in only one
// of the periods is new or lost and has no price to compare.
type Effects struct {
	Price  Value `json:"price"`
	Volume Value `json:"volume"`
	Mix    Value `json:"mix"`
	New    Value `json:"new"`
	Lost   Value `json:"lost"`
}

// ItemChange is one item's part in the change.
type ItemChange struct {
	Item    []Value  `json:"item"`
	Base    Value    `json:"base"`
	Actual  Value    `json:"actual"`
	Change  Value    `json:"change"`
	Effects *Effects `json:"effects,omitempty"`
}

// Explanation says how well one dimension explains a change: after Adtributor
// (Bhagwan et al., NSDI 2014), by values whose share of the whole moved
// unexpectedly (Jensen-Shannon divergence) and that carry the change.
type Explanation struct {
	Dimension string   `json:"dimension"`
	Surprise  float64  `json:"surprise" doc:"divergence of the shares before and now, 0 to 1, of the values named"`
	Explained float64  `json:"explained" doc:"share of the change that the values named carry; opposite changes count against"`
	Values    []Factor `json:"values"`
}

// Factor is one value of a dimension.
type Factor struct {
	Value    Value   `json:"value"`
	Base     Value   `json:"base"`
	Actual   Value   `json:"actual"`
	Change   Value   `json:"change"`
	Share    float64 `json:"share" doc:"of the whole change"`
	Surprise float64 `json:"surprise"`
}

// Explain computes a variance for a viewer.
func (t *Table) Explain(ctx context.Context, viewer Viewer, v Variance) (VarianceResult, error) {
	if v.Value.node == nil || !v.Value.node.additive() {
		return VarianceResult{}, fmt.Errorf("the value must be a sum or a count, because effects add up")
	}
	if v.Quantity != nil && !v.Quantity.node.additive() {
		return VarianceResult{}, fmt.Errorf("the quantity must be a sum or a count")
	}
	var out VarianceResult
	zero, _, err := t.both(ctx, viewer, v, nil)
	if err != nil {
		return out, err
	}
	whole := zero[""]
	out.Base, out.Actual, out.Change = whole.value[0], whole.value[1], minus(whole.value[1], whole.value[0])
	if len(v.Items) > 0 {
		pairs, order, err := t.both(ctx, viewer, v, v.Items)
		if err != nil {
			return out, err
		}
		out.items(pairs, order, v.Quantity != nil)
	}
	for _, d := range v.Explain {
		pairs, order, err := t.both(ctx, viewer, v, []Dimension{d})
		if err != nil {
			return out, err
		}
		out.Explains = append(out.Explains, explain(d.title(), pairs, order, whole))
	}
	slices.SortStableFunc(out.Explains, func(a, b Explanation) int { return cmp.Compare(b.Surprise, a.Surprise) })
	return out, nil
}

// pairOf is a group's value and quantity before and now.
type pairOf struct {
	keys     []Value
	value    [2]Value
	quantity [2]Value
}

// both runs the query for both periods and joins the groups.
func (t *Table) both(ctx context.Context, viewer Viewer, v Variance, by []Dimension) (map[string]pairOf, []string, error) {
	pairs := map[string]pairOf{}
	var order []string
	for i, days := range [2][2]string{v.Base, v.Actual} {
		q := Query{Measures: []Measure{v.Value}, By: by, Where: v.Where, Time: v.Time, From: days[0], To: days[1]}
		if q.From == "" || q.To == "" {
			return nil, nil, fmt.Errorf("a variance needs the first and last day of both periods")
		}
		if v.Quantity != nil {
			q.Measures = append(q.Measures, *v.Quantity)
		}
		res, err := t.Run(ctx, viewer, q)
		if err != nil {
			return nil, nil, err
		}
		rows := res.Rows
		if len(by) == 0 {
			rows = [][]Value{res.Totals}
		}
		for _, r := range rows {
			var id strings.Builder
			for _, k := range r[:len(by)] {
				fmt.Fprintf(&id, "%t %d %s\n", k.Null, len(k.String()), k.String())
			}
			p, known := pairs[id.String()]
			if !known {
				order = append(order, id.String())
				none := Value{Kind: r[len(by)].Kind, Scale: r[len(by)].Scale}
				p = pairOf{keys: r[:len(by)], value: [2]Value{none, none}}
				if v.Quantity != nil {
					p.quantity = [2]Value{{Kind: r[len(by)+1].Kind, Scale: r[len(by)+1].Scale}, {Kind: r[len(by)+1].Kind, Scale: r[len(by)+1].Scale}}
				}
			}
			if p.value[i] = r[len(by)]; p.value[i].Null {
				p.value[i] = Value{Kind: p.value[i].Kind, Scale: p.value[i].Scale}
			}
			if v.Quantity != nil {
				if p.quantity[i] = r[len(by)+1]; p.quantity[i].Null {
					p.quantity[i] = Value{Kind: p.quantity[i].Kind, Scale: p.quantity[i].Scale}
				}
			}
			pairs[id.String()] = p
		}
	}
	return pairs, order, nil
}

// exact is a value as a fraction.
func (v Value) exact() *big.Rat {
	if v.Kind == Float {
		r := new(big.Rat)
		if r.SetFloat64(v.Float) == nil {
			return new(big.Rat)
		}
		return r
	}
	return new(big.Rat).SetFrac(big.NewInt(v.Int), big.NewInt(pow10(v.Scale)))
}

func (out *VarianceResult) items(pairs map[string]pairOf, order []string, split bool) {
	q := [2]*big.Rat{new(big.Rat), new(big.Rat)}
	for _, p := range pairs {
		if p.lasting() {
			q[0].Add(q[0], p.quantity[0].exact())
			q[1].Add(q[1], p.quantity[1].exact())
		}
	}
	for _, id := range order {
		p := pairs[id]
		c := ItemChange{Item: p.keys, Base: p.value[0], Actual: p.value[1], Change: minus(p.value[1], p.value[0])}
		if split {
			c.Effects = p.effects(q)
			if out.Effects == nil {
				none := Value{Kind: c.Change.Kind, Scale: c.Change.Scale}
				out.Effects = &Effects{none, none, none, none, none}
			}
			e := out.Effects
			e.Price, e.Volume, e.Mix = plus(e.Price, c.Effects.Price, 1), plus(e.Volume, c.Effects.Volume, 1), plus(e.Mix, c.Effects.Mix, 1)
			e.New, e.Lost = plus(e.New, c.Effects.New, 1), plus(e.Lost, c.Effects.Lost, 1)
		}
		out.Items = append(out.Items, c)
	}
	slices.SortStableFunc(out.Items, func(a, b ItemChange) int {
		return cmp.Compare(math.Abs(b.Change.number()), math.Abs(a.Change.number()))
	})
}

// lasting items were there in both periods and have a price in both.
func (p pairOf) lasting() bool {
	return p.quantity[0].number() != 0 && p.quantity[1].number() != 0
}

// effects splits an item's change. Price and volume are rounded to the value's
// own unit and mix takes what is left, so that the parts add up.
func (p pairOf) effects(q [2]*big.Rat) *Effects {
	change := minus(p.value[1], p.value[0])
	none := Value{Kind: change.Kind, Scale: change.Scale}
	e := &Effects{none, none, none, none, none}
	switch {
	case !p.lasting() && p.quantity[0].number() == 0 && p.value[0].number() == 0:
		e.New = change
	case !p.lasting() && p.quantity[1].number() == 0 && p.value[1].number() == 0:
		e.Lost = change
	case !p.lasting() || q[0].Sign() == 0:
		e.Price = change // value without quantity: no volume it could come from
	default:
		v0 := p.value[0].exact()
		growth := new(big.Rat).Quo(q[1], q[0])
		volume := new(big.Rat).Mul(v0, new(big.Rat).Sub(growth, big.NewRat(1, 1)))
		own := new(big.Rat).Quo(p.quantity[1].exact(), p.quantity[0].exact())
		price := new(big.Rat).Sub(p.value[1].exact(), new(big.Rat).Mul(v0, own))
		e.Price, e.Volume = none.rounded(price), none.rounded(volume)
		e.Mix = minus(minus(change, e.Price), e.Volume)
	}
	return e
}

// rounded is a fraction as a value of v's kind, halves away from zero.
func (v Value) rounded(r *big.Rat) Value {
	if v.Kind == Float {
		v.Float, _ = r.Float64()
		return v
	}
	x := new(big.Rat).Mul(r, new(big.Rat).SetInt64(pow10(v.Scale)))
	n, d := new(big.Int).Abs(x.Num()), x.Denom()
	n.Mul(n, big.NewInt(2)).Add(n, d).Quo(n, new(big.Int).Mul(d, big.NewInt(2)))
	v.Int = n.Int64()
	if x.Sign() < 0 {
		v.Int = -v.Int
	}
	return v
}

// explain ranks a dimension's values by surprise and takes them until two
// thirds of the change are carried.
func explain(name string, pairs map[string]pairOf, order []string, whole pairOf) Explanation {
	e := Explanation{Dimension: name, Values: []Factor{}}
	total := [2]float64{whole.value[0].number(), whole.value[1].number()}
	change := total[1] - total[0]
	var list []Factor
	for _, id := range order {
		p := pairs[id]
		f := Factor{Value: p.keys[0], Base: p.value[0], Actual: p.value[1], Change: minus(p.value[1], p.value[0])}
		if change != 0 {
			f.Share = f.Change.number() / change
		}
		f.Surprise = surprise(f.Base.number(), f.Actual.number(), total)
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(a, b Factor) int {
		if n := cmp.Compare(b.Surprise, a.Surprise); n != 0 {
			return n
		}
		return cmp.Compare(math.Abs(b.Share), math.Abs(a.Share))
	})
	for _, f := range list {
		if e.Explained >= 0.67 || len(e.Values) == 10 {
			break
		}
		if f.Share < 0.02 { // against the change, or hardly any of it
			continue
		}
		e.Values = append(e.Values, f)
		e.Explained += f.Share
		e.Surprise += f.Surprise
	}
	return e
}

// surprise is a value's term of the Jensen-Shannon divergence (base 2) between
// the shares before and now; 0 where shares make no sense.
func surprise(base, actual float64, total [2]float64) float64 {
	if total[0] == 0 || total[1] == 0 {
		return 0
	}
	p, q := base/total[0], actual/total[1]
	if p < 0 || q < 0 || p+q == 0 {
		return 0
	}
	term := func(x float64) float64 {
		if x == 0 {
			return 0
		}
		return x * math.Log2(2*x/(p+q))
	}
	return max(0, (term(p)+term(q))/2)
}
