"""The pair that was there before is returned.

loses: turned_moves 1
says: Did T_R use R
"""


# %% answer_turned_pair
def turned_pair(F_X, F_Y, R):
    return (
        lambda x: F_Y.inverse(F_X(x)[0]),
        lambda y: F_X.inverse(F_Y(y)[0]),
    )
