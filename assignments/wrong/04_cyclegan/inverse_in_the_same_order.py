"""S' goes back first and turns then, in X and as if that were the target.

loses: wrong_returns 2
says: the last step of T' is the first
"""


# %% answer_stirred_pair
def stirred_pair(T, S, *, mean, covariance, angle):
    L = torch.linalg.cholesky(covariance)
    c, s = math.cos(angle), math.sin(angle)
    A = L @ torch.tensor([[c, -s], [s, c]]) @ torch.linalg.inv(L)
    return (
        lambda x: mean + (T(x) - mean) @ A.T,
        lambda y: mean + (S(y) - mean) @ torch.linalg.inv(A).T,
    )
