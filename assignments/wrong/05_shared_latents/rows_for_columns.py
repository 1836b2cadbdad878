"""Codes are rows, and are multiplied as if they were columns: everything turns the other way round.

loses: turned_moves 1
says: turned the other way round
"""


# %% answer_turned_pair
def turned_pair(F_X, F_Y, R):
    return (
        lambda x: F_Y.inverse(F_X(x)[0] @ R),
        lambda y: F_X.inverse(F_Y(y)[0] @ R.T),
    )
