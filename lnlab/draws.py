"""One number for (seed, purpose, month, agent, slot): chance without order.

Every random number of the model is a pure function of these five, so nothing depends on who acts first, on the
thread, or on whether somebody else drew. Two runs with one seed differ only by what a change caused.

The generator is Philox4x32 with ten rounds [salmon2011]: key = the seed's two 32-bit words, counter = (slot // 4,
agent, month, purpose), and slot % 4 picks one of the four words that come out.
"""

import numpy as np

from lnlab.compiled import compiled, written_in

# What a draw is for. While the population is made (month is 0 unless said otherwise):
PATIENT_BASELINE = np.uint64(1)  # agent: patient; slot 0
CLINICIAN_BASELINE = np.uint64(2)  # agent: clinician; slot 0
FIRST_VISIT = np.uint64(3)  # agent: patient; slot 0
FOUNDER = np.uint64(4)  # agent: patient; slots as NEWCOMER
CENTER_SHIFT = np.uint64(5)  # agent: center; slots: 0 implementation, 1 data_baseline
PATIENT_TIES = np.uint64(6)  # agent: patient; name n: slot 3n other center?, 3n + 1 who, 3n + 2 is the odd one named?
COLLEAGUE_TIES = np.uint64(7)  # agent: clinician; slots as PATIENT_TIES
BEST_PACKAGE = np.uint64(8)  # month: phenotype; agent: 0 everywhere, center + 1 its own; slot 0
EFFICACY = np.uint64(9)  # month: phenotype; agent as BEST_PACKAGE; slot: package

# In each month of the run (agent: patient):
LIFE = np.uint64(10)  # slots below
NOISE = np.uint64(11)  # slots 0-3: the four uniforms of one noise term
NEWCOMER = np.uint64(12)  # slots below
ENCOUNTER = np.uint64(13)  # slots below
HEARING = np.uint64(14)  # slot: the place, in rising order, of the colleague who may hear of this patient's case
CHOICE = np.uint64(15)  # slots 4k to 4k + 3: the four uniforms behind the value of package k

TURNOVER, FLARE = 0, 1
PHENOTYPE, HEALTH, USUAL_MATCH, PACKAGE = 0, 1, 2, 3
PREPARED, DATA, CAN_SHARE, SHARED = 0, 1, 2, 3          # the first four of an encounter
ACT, AT_HAND, RECALL, WRITTEN = 4, 5, 6, 7              # its second four
MISTAKEN, SEEN_INSTEAD, MISRECORDED = 8, 9, 10          # its third four

FIRST_FOUR, SECOND_FOUR = np.uint64(0), np.uint64(1)      # blocks of four slots
MASK = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MULTIPLIER_0, MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
NOUGHT = np.uint64(0)
HALF_OF_ALL = 2147483648                # 2**31
PER_WORD = 1.0 / 4294967296.0
ROOT_3 = np.sqrt(3.0)


@written_in
def one_round(a, b, c, d, key_0, key_1):
    """One of the ten rounds: two multiplications whose halves are crossed over and mixed with the key."""
    product_0, product_1 = MULTIPLIER_0 * a, MULTIPLIER_1 * c
    return (product_1 >> HALF) ^ b ^ key_0, product_1 & MASK, (product_0 >> HALF) ^ d ^ key_1, product_0 & MASK


@written_in
def philox(a, b, c, d, key_0, key_1):
    """Philox4x32-10: four 32-bit words (held in uint64) from four counter words and two key words.

    Written out, not looped: only so does the processor work on several agents at once.
    """
    a, b, c, d = one_round(a, b, c, d, key_0, key_1)
    key_0, key_1 = (key_0 + WEYL_0) & MASK, (key_1 + WEYL_1) & MASK
    a, b, c, d = one_round(a, b, c, d, key_0, key_1)
    key_0, key_1 = (key_0 + WEYL_0) & MASK, (key_1 + WEYL_1) & MASK
    a, b, c, d = one_round(a, b, c, d, key_0, key_1)
    key_0, key_1 = (key_0 + WEYL_0) & MASK, (key_1 + WEYL_1) & MASK
    a, b, c, d = one_round(a, b, c, d, key_0, key_1)
    key_0, key_1 = (key_0 + WEYL_0) & MASK, (key_1 + WEYL_1) & MASK
    a, b, c, d = one_round(a, b, c, d, key_0, key_1)
    key_0, key_1 = (key_0 + WEYL_0) & MASK, (key_1 + WEYL_1) & MASK
    a, b, c, d = one_round(a, b, c, d, key_0, key_1)
    key_0, key_1 = (key_0 + WEYL_0) & MASK, (key_1 + WEYL_1) & MASK
    a, b, c, d = one_round(a, b, c, d, key_0, key_1)
    key_0, key_1 = (key_0 + WEYL_0) & MASK, (key_1 + WEYL_1) & MASK
    a, b, c, d = one_round(a, b, c, d, key_0, key_1)
    key_0, key_1 = (key_0 + WEYL_0) & MASK, (key_1 + WEYL_1) & MASK
    a, b, c, d = one_round(a, b, c, d, key_0, key_1)
    key_0, key_1 = (key_0 + WEYL_0) & MASK, (key_1 + WEYL_1) & MASK
    return one_round(a, b, c, d, key_0, key_1)


@compiled
def one_philox(a, b, c, d, key_0, key_1):
    """`philox` for a single agent, compiled once for all who call it."""
    return philox(a, b, c, d, key_0, key_1)


@compiled
def four_words(seed, purpose, month, agent, block):
    """The four words behind slots 4 * block to 4 * block + 3."""
    return one_philox(np.uint64(np.int64(block) & 0xFFFFFFFF), np.uint64(np.int64(agent) & 0xFFFFFFFF),
                      np.uint64(np.int64(month) & 0xFFFFFFFF), np.uint64(purpose),
                      np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF))


@compiled
def as_uniform(word):
    """A 32-bit word as a number strictly between 0 and 1."""
    return (signed(word) + (HALF_OF_ALL + 0.5)) * PER_WORD


@compiled
def signed(word):
    """A 32-bit word less 2**31, as a float: processors turn signed words of 32 bits into floats several at once."""
    return np.float64(np.int32(np.int64(word) - HALF_OF_ALL))


@compiled
def uniform(seed, purpose, month, agent, slot):
    """A number strictly between 0 and 1, the same for the same five whole numbers, whatever else was drawn.

    So ``uniform(...) < 0`` never and ``uniform(...) < 1`` always holds: a chance of 0 or 1 is exact.

    >>> round(uniform(1, LIFE, 24, 7, FLARE), 6) == round(uniform(1, LIFE, 24, 7, FLARE), 6)
    True
    """
    words = four_words(seed, purpose, month, agent, slot // 4)
    return as_uniform(words[slot % 4])


@compiled
def as_bell(word_0, word_1, word_2, word_3):
    """sqrt(3) * (the sum of four uniforms - 2): mean 0, sd 1, bounded. (Summed as whole numbers: it is exact.)"""
    total = (signed(word_0) + signed(word_1)) + (signed(word_2) + signed(word_3))
    return ROOT_3 * ((total + 2.0) * PER_WORD)


@compiled
def bell(seed, purpose, month, agent, block):
    """A bounded bell-shaped number, mean 0 and sd 1, from the slots 4 * block to 4 * block + 3."""
    words = four_words(seed, purpose, month, agent, block)
    return as_bell(words[0], words[1], words[2], words[3])


@compiled
def four_uniforms(seed, purpose, month, agent, block):
    """The four `uniform` numbers of slots 4 * block to 4 * block + 3 at once."""
    words = four_words(seed, purpose, month, agent, block)
    return as_uniform(words[0]), as_uniform(words[1]), as_uniform(words[2]), as_uniform(words[3])


@compiled
def bells(seed, purpose, month, first, after, filled):
    """Fill an array with `bell` number 0 of the agents `first` to `after` - 1; together they are many times faster."""
    key_0, key_1 = np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF)
    month_word, purpose_word = np.uint64(month & 0xFFFFFFFF), np.uint64(purpose)
    for place in range(after - first):
        a, b, c, d = philox(NOUGHT, np.uint64(first + place), month_word, purpose_word, key_0, key_1)
        filled[place] = as_bell(a, b, c, d)


@compiled
def uniform_pairs(seed, purpose, month, first, after, one, other):
    """Fill two arrays with the `uniform` numbers of slots 0 and 1 of the agents `first` to `after` - 1."""
    key_0, key_1 = np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF)
    month_word, purpose_word = np.uint64(month & 0xFFFFFFFF), np.uint64(purpose)
    for place in range(after - first):
        a, b, _, _ = philox(NOUGHT, np.uint64(first + place), month_word, purpose_word, key_0, key_1)
        one[place], other[place] = as_uniform(a), as_uniform(b)


@compiled
def uniform_fours(seed, purpose, month, agents, n, block, filled):
    """Fill records of four numbers with the `four_uniforms` of each of the first `n` of `agents`."""
    key_0, key_1 = np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF)
    block_word, month_word, purpose_word = np.uint64(block), np.uint64(month & 0xFFFFFFFF), np.uint64(purpose)
    for each in range(n):
        a, b, c, d = philox(block_word, np.uint64(agents[each]), month_word, purpose_word, key_0, key_1)
        luck = filled[each]
        luck.first, luck.second, luck.third, luck.fourth = as_uniform(a), as_uniform(b), as_uniform(c), as_uniform(d)


@compiled
def uniforms(seed, purpose, month, agents, slot):
    """One `uniform` for each of the agents 0 to agents - 1, shape (agents,)."""
    drawn = np.empty(agents)
    for agent in range(agents):
        drawn[agent] = uniform(seed, purpose, month, agent, slot)
    return drawn


@compiled
def uniform_table(seed, purpose, months, agent, slots):
    """The `uniform` of one agent in the months 0 to months - 1 and the slots 0 to slots - 1, shape (months, slots)."""
    drawn = np.empty((months, slots))
    for month in range(months):
        for slot in range(slots):
            drawn[month, slot] = uniform(seed, purpose, month, agent, slot)
    return drawn
